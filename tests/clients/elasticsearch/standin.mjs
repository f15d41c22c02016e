// Uses one official client against a cluster, or a gate before one, and checks every answer.
//   node standin.mjs --client es8|es9|os3 --suite all|setup,read,bulk,scroll,pit,aliases,streams,sql,async,clean [--index NAME], and items by itself
// The environment says where: CLUSTER_URL, and optionally CLUSTER_USER with CLUSTER_PASSWORD, CLUSTER_API_KEY (encoded) and
// CLUSTER_CA (a PEM file). One line a step on standard output; exit code 0 when all of them were right.
// "read", "scroll", "pit", "sql" and "async" change nothing and need what "setup" makes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Client as Elasticsearch8 } from 'elasticsearch8'
import { Client as Elasticsearch9 } from 'elasticsearch9'
import { Client as OpenSearch3 } from 'opensearch3'

const { values: options } = parseArgs({
  options: { client: { type: 'string', default: 'es9' }, suite: { type: 'string', default: 'all' }, index: { type: 'string', default: 'events' } }
})
const env = process.env
const isOpenSearch = options.client === 'os3'
const Client = { es8: Elasticsearch8, es9: Elasticsearch9, os3: OpenSearch3 }[options.client]
const tls = env.CLUSTER_CA ? { ca: readFileSync(env.CLUSTER_CA) } : undefined
const client = new Client({
  node: env.CLUSTER_URL,
  auth: env.CLUSTER_USER ? { username: env.CLUSTER_USER, password: env.CLUSTER_PASSWORD } : undefined,
  headers: isOpenSearch && env.CLUSTER_API_KEY ? { authorization: 'ApiKey ' + env.CLUSTER_API_KEY } : undefined,
  ...(isOpenSearch ? { ssl: tls } : { tls, ...(env.CLUSTER_API_KEY ? { auth: { apiKey: env.CLUSTER_API_KEY } } : {}) }),
  maxRetries: 0,
  requestTimeout: 20000
})
const index = options.index
const documents = Array.from({ length: 25 }, (_, i) => ({ user: i % 2 ? 'kandorra' : 'bob', n: i, message: `Event number ${i}`, '@timestamp': `2024-05-01T10:00:${String(i).padStart(2, '0')}Z` }))

// The clients of Elastic take a body's members beside the parameters and give the body alone.
const call = async (api, parameters = {}, body = undefined, names = {}) => {
  const [group, name] = api.includes('.') ? api.split('.') : [null, api]
  const target = group ? client[group] : client
  const merged = body === undefined ? parameters : isOpenSearch ? { ...parameters, body } : names.as ? { ...parameters, [names.as]: body } : { ...parameters, ...body }
  const answer = await target[name](merged)
  return isOpenSearch ? answer.body : answer
}
const request = async (method, path, body, querystring) => {
  const answer = await client.transport.request({ method, path, body, querystring })
  return isOpenSearch ? answer.body : answer
}
const fails = async (promise, status, type) => {
  try { await promise } catch (e) {
    assert.equal(e.statusCode ?? e.meta?.statusCode, status, e.message)
    if (type) assert.equal((e.body ?? e.meta.body).error.type, type)
    return
  }
  assert.fail(`status ${status} was expected`)
}
const step = async (name, run) => {
  try { await run() } catch (e) { console.log(`FAILED ${options.client} ${name}: ${e.stack} ${JSON.stringify(e.meta?.body ?? '')}`); process.exit(1) }
  console.log(`ok ${options.client} ${name}`)
}
const sourcesOf = answer => answer.hits.hits.map(h => h._source)

const suites = {
  async setup () {
    await step('ping', async () => assert.ok(await call('ping')))
    await step('info', async () => assert.equal((await call('info')).version.distribution, isOpenSearch ? 'opensearch' : undefined))
    await step('create index', async () => {
      await call('indices.delete', { index, ignore_unavailable: true })
      const made = await call('indices.create', { index }, { mappings: { properties: { user: { type: 'keyword' }, n: { type: 'integer' } } } })
      assert.deepEqual(made, { acknowledged: true, shards_acknowledged: true, index })
      assert.ok(await call('indices.exists', { index }))
      await fails(call('indices.create', { index }), 400, 'resource_already_exists_exception')
    })
    await step('bulk of 25', async () => {
      const answer = await call('bulk', { refresh: true }, documents.flatMap((d, i) => [{ index: { _index: index, _id: String(i) } }, d]), { as: 'operations' })
      assert.equal(answer.errors, false)
      assert.deepEqual(answer.items.map(i => i.index.status), documents.map(() => 201))
    })
  },

  async read () {
    await step('get', async () => {
      const found = await call('get', { index, id: '3' })
      assert.equal(found._source.n, 3)
      assert.equal(found._version, 1)
      assert.ok(await call('exists', { index, id: '3' }))
      assert.equal((await call('getSource', { index, id: '3' })).user, 'kandorra')
      await fails(call('get', { index, id: 'no' }), 404)
    })
    await step('mget', async () => {
      const answer = await call('mget', {}, { docs: [{ _index: index, _id: '1' }, { _index: index, _id: 'no' }] })
      assert.deepEqual(answer.docs.map(d => d.found), [true, false])
    })
    await step('search by term, sorted', async () => {
      const answer = await call('search', { index }, { query: { term: { user: 'kandorra' } }, sort: [{ n: 'desc' }], size: 3, track_total_hits: true })
      assert.deepEqual(answer.hits.total, { value: 12, relation: 'eq' })
      assert.deepEqual(sourcesOf(answer).map(s => s.n), [23, 21, 19])
    })
    await step('search by bool, range and match', async () => {
      const query = { bool: { must: [{ match: { message: 'event' } }], filter: [{ range: { n: { gte: 5, lt: 9 } } }], must_not: [{ ids: { values: ['6'] } }] } }
      assert.deepEqual(sourcesOf(await call('search', { index, sort: isOpenSearch ? 'n:asc' : [{ n: 'asc' }] }, { query })).map(s => s.n), [5, 7, 8])
    })
    await step('search by q', async () => {
      const answer = await call('search', { index, q: 'user:kandorra AND n:>20', _source: 'n' })
      assert.deepEqual(sourcesOf(answer), [{ n: 21 }, { n: 23 }])
    })
    await step('search by wildcard expression, ignoring what is not there', async () => {
      const answer = await call('search', { index: `${index.slice(0, 4)}*,none-such`, ignore_unavailable: true, size: 0 })
      assert.ok(answer.hits.total.value >= 25)
      await fails(call('search', { index: 'none-such' }), 404, 'index_not_found_exception')
    })
    await step('aggregations', async () => {
      const answer = await call('search', { index }, { size: 0, aggs: { users: { terms: { field: 'user' }, aggs: { most: { max: { field: 'n' } } } } } })
      assert.deepEqual(answer.aggregations.users.buckets.map(b => [b.key, b.doc_count, b.most.value]), [['bob', 13, 24], ['kandorra', 12, 23]])
    })
    await step('count', async () => assert.equal((await call('count', { index }, { query: { match_all: {} } })).count, 25))
    await step('msearch', async () => {
      const answer = await call('msearch', {}, [{ index }, { query: { term: { n: 4 } } }, { index: 'none-such' }, { query: { match_all: {} } }, { index }, { size: 0 }], { as: 'searches' })
      assert.deepEqual(answer.responses.map(r => r.status), [200, 404, 200])
      assert.equal(answer.responses[0].hits.hits[0]._id, '4')
    })
    await step('field capabilities', async () => assert.equal((await call('fieldCaps', { index, fields: 'us*' })).fields.user.keyword.type, 'keyword'))
    await step('mapping', async () => assert.equal((await call('indices.getMapping', { index }))[index].mappings.properties.n.type, 'integer'))
    await step('search template', async () => {
      const answer = await request('POST', `/${index}/_search/template`, { source: '{"query":{"term":{"n":{{number}}}}}', params: { number: 7 } })
      assert.deepEqual(answer.hits.hits.map(h => h._id), ['7'])
    })
    await step('piped query language', async () => {
      const answer = isOpenSearch
        ? (await request('POST', '/_plugins/_ppl', { query: `source=${index} | where user='bob' | fields n | head 2` })).datarows
        : (await request('POST', '/_query', { query: `FROM ${index} | WHERE user == "bob" | KEEP n | LIMIT 2` })).values
      assert.deepEqual(answer, [[0], [2]])
    })
    await step('resolve index', async () => {
      const answer = await request('GET', `/_resolve/index/${index}`)
      assert.deepEqual(answer.indices.map(i => i.name), [index])
    })
  },

  async bulk () {
    const target = `${index}-bulk`
    await step('bulk with every action and failures', async () => {
      await call('indices.delete', { index: target, ignore_unavailable: true })
      const lines = [
        { index: { _index: target, _id: '1' } }, { a: 1 }, { create: { _index: target, _id: '1' } }, { a: 2 },
        { update: { _index: target, _id: '1' } }, { doc: { b: 2 } }, { delete: { _index: target, _id: 'no' } },
        { update: { _index: target, _id: 'no' } }, { doc: { b: 2 } }, { delete: { _index: target, _id: '1' } }
      ]
      const answer = await call('bulk', {}, lines, { as: 'operations' })
      assert.equal(answer.errors, true)
      assert.deepEqual(answer.items.map(i => [Object.keys(i)[0], Object.values(i)[0].status]), [['index', 201], ['create', 409], ['update', 200], ['delete', 404], ['update', 404], ['delete', 200]])
      assert.equal(answer.items[1].create.error.type, 'version_conflict_engine_exception')
    })
    await step('helpers.bulk', async () => {
      const result = await client.helpers.bulk({ datasource: Array.from({ length: 300 }, (_, i) => ({ i })), onDocument: () => ({ index: { _index: target } }), flushBytes: 2000, refreshOnCompletion: target })
      assert.equal(result.successful, 300)
      assert.equal(result.failed, 0)
      assert.equal((await call('count', { index: target })).count, 300)
    })
    await step('index, update, delete', async () => {
      assert.equal((await call('index', { index: target, id: 'x' }, { v: 1 }, { as: 'document' })).result, 'created')
      assert.equal((await call('index', { index: target, id: 'x' }, { v: 2 }, { as: 'document' }))._version, 2)
      await fails(call('create', { index: target, id: 'x' }, { v: 3 }, { as: 'document' }), 409, 'version_conflict_engine_exception')
      assert.equal((await call('update', { index: target, id: 'x' }, { doc: { w: 1 } })).result, 'updated')
      assert.equal((await call('update', { index: target, id: 'y' }, { doc: { w: 1 }, doc_as_upsert: true })).result, 'created')
      assert.deepEqual((await call('get', { index: target, id: 'x' }))._source, { v: 2, w: 1 })
      assert.equal((await call('delete', { index: target, id: 'x' })).result, 'deleted')
    })
    await step('delete by query, update by query, reindex', async () => {
      const deleted = await call('deleteByQuery', { index: target, refresh: true }, { query: { range: { i: { gte: 10 } } } })
      assert.equal(deleted.deleted, 290)
      const task = await call('updateByQuery', { index: target, wait_for_completion: false }, { query: { exists: { field: 'i' } } })
      const done = await call('tasks.get', { task_id: task.task })
      assert.equal(done.completed, true)
      assert.equal(done.response.updated, 10)
      const copied = await call('reindex', { refresh: true }, { source: { index: target }, dest: { index: `${target}-copy` } })
      assert.equal(copied.created, 11)
      await call('indices.delete', { index: `${target},${target}-copy` })
    })
  },

  // Before a gate that lets this user read `index` and not `orders`.
  async items () {
    await step('searches of which one is forbidden', async () => {
      const answer = await call('msearch', {}, [{ index }, { query: { term: { n: 4 } } }, { index: 'orders' }, { query: { match_all: {} } }, {}, { size: 0 }], { as: 'searches' })
      assert.deepEqual(answer.responses.map(r => r.status), [200, 403, 200])
      assert.equal(answer.responses[0].hits.hits[0]._id, '4')
      assert.equal(answer.responses[1].error.type, 'security_exception')
      assert.equal(answer.responses[2].hits.total.value, 25)
    })
    await step('searches as dashboards ask for them', async () => {
      const answer = await call('msearch', { rest_total_hits_as_int: true, typed_keys: true, filter_path: 'took,responses.hits.total,responses.status' }, [{ index: 'orders' }, {}, { index: `${index}*,orders`, ignore_unavailable: true }, { size: 0 }], { as: 'searches' })
      assert.deepEqual(answer.responses.map(r => r.status), [403, 200])
      assert.equal(answer.responses[1].hits.total, 25)
    })
    await step('nothing but forbidden searches', async () => {
      const answer = await call('msearch', { index: 'orders' }, [{}, {}, {}, {}], { as: 'searches' })
      assert.deepEqual(answer.responses.map(r => r.error.root_cause[0].type), ['security_exception', 'security_exception'])
    })
    await step('documents of which one is forbidden', async () => {
      const answer = await call('mget', {}, { docs: [{ _index: 'orders', _id: '1' }, { _index: index, _id: '4' }] })
      assert.deepEqual(answer.docs.map(d => [d._index, d._id, d.error?.type, d._source?.n]), [['orders', '1', 'security_exception', undefined], [index, '4', undefined, 4]])
      const ids = await call('mget', { index: 'orders' }, { ids: ['1', '2'] })
      assert.deepEqual(ids.docs.map(d => d.error.type), ['security_exception', 'security_exception'])
    })
  },

  async scroll () {
    await step('scroll', async () => {
      const first = await call('search', { index, scroll: '1m', size: 10 })
      const second = await call('scroll', isOpenSearch ? { body: { scroll_id: first._scroll_id, scroll: '1m' } } : { scroll_id: first._scroll_id, scroll: '1m' })
      assert.equal(second.hits.hits.length, 10)
      const cleared = await call('clearScroll', {}, isOpenSearch ? { scroll_id: [first._scroll_id] } : { scroll_id: first._scroll_id })
      assert.deepEqual(cleared, { succeeded: true, num_freed: 1 })
      await fails(call('scroll', {}, { scroll_id: first._scroll_id }), 404)
    })
    await step('helpers.scrollDocuments', async () => {
      const seen = []
      for await (const document of client.helpers.scrollDocuments(isOpenSearch ? { index, size: 4, body: { query: { match_all: {} } } } : { index, size: 4, query: { match_all: {} } })) seen.push(document.n)
      assert.deepEqual(seen, documents.map(d => d.n))
    })
  },

  async pit () {
    await step('point in time with search_after', async () => {
      const id = isOpenSearch ? (await request('POST', `/${index}/_search/point_in_time`, undefined, { keep_alive: '1m' })).pit_id : (await call('openPointInTime', { index, keep_alive: '1m' })).id
      const seen = []
      for (let after; ;) {
        const answer = await call('search', {}, { pit: { id, keep_alive: '1m' }, size: 10, sort: [{ n: 'asc' }], ...(after ? { search_after: after } : {}) })
        assert.ok(answer.pit_id)
        if (answer.hits.hits.length === 0) break
        seen.push(...sourcesOf(answer).map(s => s.n))
        after = answer.hits.hits.at(-1).sort
      }
      assert.deepEqual(seen, documents.map(d => d.n))
      if (isOpenSearch) assert.equal((await request('DELETE', '/_search/point_in_time', { pit_id: [id] })).pits[0].successful, true)
      else assert.equal((await call('closePointInTime', { id })).succeeded, true)
      await fails(call('search', {}, { pit: { id, keep_alive: '1m' } }), 404)
    })
  },

  async aliases () {
    const alias = `${index}-of-bob`
    await step('filtered alias', async () => {
      await call('indices.updateAliases', {}, { actions: [{ add: { index, alias, filter: { term: { user: 'bob' } } } }, { add: { index, alias: `${index}-whole` } }] })
      assert.equal((await call('count', { index: alias })).count, 13)
      assert.equal((await call('count', { index: `${alias},${index}-whole` })).count, 25)
      assert.deepEqual(Object.keys((await call('indices.getAlias', { name: alias }))[index].aliases), [alias])
      assert.ok(await call('indices.existsAlias', { name: alias }))
      await fails(call('indices.delete', { index: alias }), 400)
      await call('indices.deleteAlias', { index, name: `${alias},${index}-whole` })
      await fails(call('count', { index: alias }), 404)
    })
  },

  async streams () {
    const stream = `${index}-stream`
    await step('data stream', async () => {
      await call('indices.putIndexTemplate', { name: `${stream}-template` }, { index_patterns: [`${stream}*`], data_stream: {}, priority: 200 })
      await call('indices.createDataStream', { name: stream })
      const answer = await call('bulk', {}, documents.flatMap(d => [{ create: { _index: stream } }, d]), { as: 'operations' })
      assert.equal(answer.errors, false)
      assert.match(answer.items[0].create._index, new RegExp(`^\\.ds-${stream}-\\d{4}\\.\\d\\d\\.\\d\\d-000001$`))
      const refused = await call('bulk', {}, [{ index: { _index: stream, _id: '1' } }, documents[0], { create: { _index: stream } }, { n: 1 }], { as: 'operations' })
      assert.deepEqual(refused.items.map(i => Object.values(i)[0].status), [400, 400])
      assert.equal((await call('indices.rollover', { alias: stream })).rolled_over, true)
      assert.equal((await call('indices.getDataStream', { name: stream })).data_streams[0].indices.length, 2)
      assert.equal((await call('count', { index: stream })).count, 25)
      await call('indices.deleteDataStream', { name: stream })
      await fails(call('count', { index: stream }), 404)
      await call('indices.deleteIndexTemplate', { name: `${stream}-template` })
    })
  },

  async sql () {
    await step('SQL with a cursor', async () => {
      const path = isOpenSearch ? '/_plugins/_sql' : '/_sql'
      const [rows, columns] = isOpenSearch ? ['datarows', 'schema'] : ['rows', 'columns']
      const first = await request('POST', path, { query: `SELECT n, user FROM ${isOpenSearch ? index : `"${index}"`}`, fetch_size: 20 })
      assert.deepEqual(first[columns].map(c => c.name), ['n', 'user'])
      assert.deepEqual(first[rows][1], [1, 'kandorra'])
      const second = await request('POST', path, { cursor: first.cursor })
      assert.equal(second[rows].length, 5)
      assert.equal(second.cursor, undefined)
      const open = await request('POST', path, { query: `SELECT * FROM ${isOpenSearch ? index : `"${index}"`}`, fetch_size: 5 })
      assert.equal((await request('POST', `${path}/close`, { cursor: open.cursor })).succeeded, true)
    })
  },

  async async () {
    const path = isOpenSearch ? '/_plugins/_asynchronous_search' : '/_async_search'
    await step('async search', async () => {
      const made = isOpenSearch
        ? await request('POST', path, { query: { match_all: {} } }, { index, keep_on_completion: true, wait_for_completion_timeout: '5s' })
        : await call('asyncSearch.submit', { index, keep_on_completion: true, wait_for_completion_timeout: '5s' }, { query: { match_all: {} } })
      assert.equal(made.response.hits.total.value, 25)
      const again = await request('GET', `${path}/${encodeURIComponent(made.id)}`)
      assert.equal(again.is_running, false)
      if (!isOpenSearch) assert.equal((await call('asyncSearch.status', { id: made.id })).completion_status, 200)
      assert.equal((await request('DELETE', `${path}/${encodeURIComponent(made.id)}`)).acknowledged, true)
      await fails(request('GET', `${path}/${encodeURIComponent(made.id)}`), 404)
    })
  },

  async clean () {
    await step('delete index', async () => assert.equal((await call('indices.delete', { index })).acknowledged, true))
  }
}

for (const name of options.suite === 'all' ? Object.keys(suites).filter(name => name !== 'items') : options.suite.split(',')) await suites[name]()
await client.close()
