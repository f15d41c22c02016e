// What a Kibana 8 server asks of Elasticsearch when it starts and while people use it, sent as the identity that
// `gatehouse connect kibana` made (KIBANA_*), and what people ask through it with their own credentials (PERSON_*: reads events*;
// EDITOR_*: the built-in roles kibana_admin and viewer).
import assert from 'node:assert/strict'
import { caller, passes, refused, step, items } from './wire.mjs'

const kibana = caller('KIBANA', { 'x-elastic-product-origin': 'kibana', 'user-agent': 'Kibana/8.19.2' })
const person = caller('PERSON', { 'x-elastic-product-origin': 'kibana' })
const editor = caller('EDITOR')
const v = '8.19.2'
const main = `.kibana_${v}_001`

await step('looks who and what it talks to', async () => {
  assert.equal((await passes(kibana, 'GET', '/', undefined, 200)).tagline, 'You Know, for Search')
  await passes(kibana, 'HEAD', '/')
  await passes(kibana, 'GET', '/_nodes?filter_path=nodes.*.version,nodes.*.http.publish_address,nodes.*.ip')
  await passes(kibana, 'GET', '/_nodes/_local?filter_path=nodes.*.settings.cluster')
  await passes(kibana, 'GET', '/_license')
  await passes(kibana, 'GET', '/_xpack?accept_enterprise=true')
  await passes(kibana, 'GET', '/_cluster/settings?include_defaults=true&filter_path=*.script.allowed_types')
  await passes(kibana, 'GET', '/_cluster/settings?flat_settings=true')
  await passes(kibana, 'GET', '/_cluster/health?wait_for_status=yellow&timeout=1s')
  await passes(kibana, 'GET', '/_cluster/stats')
  await passes(kibana, 'GET', '/_nodes/usage')
})

await step('registers its privileges', async () => {
  assert.equal((await passes(kibana, 'GET', '/_security/_authenticate', undefined, 200)).username, process.env.KIBANA_USER)
  await passes(kibana, 'GET', '/_security/privilege/kibana-.kibana')
  await passes(kibana, 'PUT', '/_security/privilege', {
    'kibana-.kibana': { all: { application: 'kibana-.kibana', name: 'all', actions: ['login:', `version:${v}`, 'api:*', 'ui:*'], metadata: {} } }
  }, 200)
  await refused(kibana, 'PUT', '/_security/privilege', { other: { all: { application: 'other', name: 'all', actions: ['x'], metadata: {} } } })
})

await step('migrates its indices', async () => {
  await passes(kibana, 'GET', `/.kibana,${main}?ignore_unavailable=true`)
  await passes(kibana, 'PUT', `/${main}?wait_for_active_shards=all&timeout=60s`, {
    mappings: { dynamic: false, properties: { type: { type: 'keyword' }, namespaces: { type: 'keyword' }, updated_at: { type: 'date' } } },
    aliases: { '.kibana': {}, [`.kibana_${v}`]: {} },
    settings: { index: { number_of_shards: 1, auto_expand_replicas: '0-1' } }
  }, 200)
  await passes(kibana, 'PUT', `/.kibana_task_manager_${v}_001`, { aliases: { '.kibana_task_manager': {} }, mappings: { properties: { type: { type: 'keyword' } } } }, 200)
  await passes(kibana, 'GET', `/_cluster/health/${main}?wait_for_status=yellow&timeout=1s`)
  await passes(kibana, 'PUT', `/${main}/_mapping?timeout=60s`, { properties: { references: { type: 'keyword' } } }, 200)
  await passes(kibana, 'PUT', `/${main}/_settings?timeout=60s`, { index: { number_of_replicas: 0 } })
  await passes(kibana, 'GET', '/.kibana/_alias')
  await passes(kibana, 'POST', '/_aliases', { actions: [{ add: { index: main, alias: `.kibana_${v}_extra` } }] }, 200)
  await items(kibana, '/_bulk?require_alias=false&wait_for_active_shards=all&refresh=false&filter_path=items', [
    { index: { _index: main, _id: 'config:1' } }, { type: 'config', namespaces: ['default'], updated_at: '2024-05-01T10:00:00Z' },
    { index: { _index: main, _id: 'dashboard:1' } }, { type: 'dashboard', namespaces: ['default'], updated_at: '2024-05-01T10:00:00Z' }
  ], [201, 201])
  await passes(kibana, 'POST', `/${main}/_refresh`, undefined, 200)
  const pit = await passes(kibana, 'POST', `/${main}/_pit?keep_alive=10m`, undefined, 200)
  const page = await passes(kibana, 'POST', '/_search?allow_partial_search_results=false', { size: 1000, pit: { id: pit.id, keep_alive: '10m' }, query: { match_all: {} }, sort: [{ updated_at: 'asc' }] }, 200)
  assert.equal(page.hits.hits.length, 2)
  await passes(kibana, 'DELETE', '/_pit', { id: page.pit_id ?? pit.id }, 200)
  const task = await passes(kibana, 'POST', `/${main}/_update_by_query?conflicts=proceed&wait_for_completion=false`, { query: { term: { type: 'none' } } }, 200)
  await passes(kibana, 'GET', `/_tasks/${task.task}?wait_for_completion=true&timeout=1s`)
  await passes(kibana, 'PUT', `/.kibana_7.17.0_001/_block/write?timeout=60s`)
  await passes(kibana, 'PUT', `/.kibana_7.17.0_001/_clone/.kibana_8.0.0_001?wait_for_active_shards=all&timeout=60s`, { settings: { index: { 'blocks.write': false, auto_expand_replicas: '0-1' } } })
})

await step('reads and writes saved objects', async () => {
  assert.equal((await passes(kibana, 'GET', '/.kibana/_doc/config%3A1', undefined, 200)).found, true)
  const found = await passes(kibana, 'POST', '/_mget', { docs: [{ _index: '.kibana', _id: 'config:1' }, { _index: '.kibana', _id: 'none:1' }] }, 200)
  assert.deepEqual(found.docs.map(doc => doc.found), [true, false])
  await passes(kibana, 'POST', '/.kibana/_search?rest_total_hits_as_int=true', { query: { bool: { filter: [{ term: { type: 'dashboard' } }] } } }, 200)
  await passes(kibana, 'POST', '/.kibana/_update/dashboard%3A1?refresh=wait_for', { doc: { type: 'dashboard', updated_at: '2024-05-02T10:00:00Z' } }, 200)
  await passes(kibana, 'PUT', '/.kibana/_create/tag%3A1?refresh=wait_for', { type: 'tag' }, 201)
  await passes(kibana, 'DELETE', '/.kibana/_doc/tag%3A1?refresh=wait_for', undefined, 200)
  await passes(kibana, 'POST', '/.kibana/_msearch', [{}, { query: { term: { type: 'dashboard' } }, size: 1 }], 200)
  await passes(kibana, 'POST', '/.kibana/_count', { query: { match_all: {} } }, 200)
})

await step('runs its tasks', async () => {
  await items(kibana, '/.kibana_task_manager/_bulk?refresh=false', [{ index: { _id: 'task:1' } }, { type: 'task', 'task.status': 'idle' }], [201])
  await passes(kibana, 'POST', '/.kibana_task_manager/_search', { query: { term: { type: 'task' } }, size: 10, seq_no_primary_term: true }, 200)
  await passes(kibana, 'POST', '/.kibana_task_manager/_update_by_query?ignore_unavailable=true&refresh=true&conflicts=proceed', { query: { term: { type: 'none' } }, script: { source: 'ctx.op = "noop"', lang: 'painless' } })
})

await step('sets up sessions, event log and alerts', async () => {
  await passes(kibana, 'HEAD', '/_index_template/.kibana_security_session_index_template_1')
  await passes(kibana, 'PUT', '/.kibana_security_session_1', { mappings: { properties: { idleTimeoutExpiration: { type: 'date' } } } }, 200)
  await passes(kibana, 'PUT', '/.kibana_security_session_1/_create/s1?refresh=wait_for', { idleTimeoutExpiration: 1 }, 201)
  await passes(kibana, 'PUT', '/_ilm/policy/kibana-event-log-policy', { policy: { phases: { hot: { actions: {} } } } })
  await passes(kibana, 'GET', '/_ilm/policy/kibana-event-log-policy')
  await passes(kibana, 'PUT', `/_index_template/.kibana-event-log-${v}-template`, { index_patterns: [`.kibana-event-log-${v}`], data_stream: { hidden: true }, template: { settings: { 'index.lifecycle.name': 'kibana-event-log-policy' } } })
  await passes(kibana, 'PUT', `/_data_stream/.kibana-event-log-${v}`)
  await items(kibana, '/_bulk', [{ create: { _index: `.kibana-event-log-${v}` } }, { '@timestamp': '2024-05-01T10:00:00Z', event: { action: 'starting' } }], [201])
  await passes(kibana, 'PUT', '/_component_template/.alerts-framework-mappings', { template: { mappings: { dynamic: false } } })
  await passes(kibana, 'PUT', '/_index_template/.alerts-default.alerts-default-index-template', { index_patterns: ['.internal.alerts-default.alerts-default-*'], composed_of: ['.alerts-framework-mappings'] })
  await passes(kibana, 'PUT', '/.internal.alerts-default.alerts-default-000001', { aliases: { '.alerts-default.alerts-default': { is_write_index: true } } })
  await passes(kibana, 'GET', '/_ingest/pipeline')
  await passes(kibana, 'GET', '/_transform/_stats?size=10')
})

await step('lets people in', async () => {
  const body = { grant_type: 'password', username: process.env.PERSON_USER, password: process.env.PERSON_PASSWORD }
  const profile = await passes(kibana, 'POST', '/_security/profile/_activate', body, 200)
  assert.equal(profile.user.username, process.env.PERSON_USER)
  assert.equal((await passes(kibana, 'GET', `/_security/profile/${profile.uid}?data=kibana.*`, undefined, 200)).profiles.length, 1)
  await passes(kibana, 'POST', '/_security/profile/_suggest', { name: 'kan', size: 10 }, 200)
  await refused(kibana, 'POST', '/_security/profile/_activate', { ...body, password: 'wrong' }, 401)
  const asked = { index: [{ names: ['events*'], privileges: ['read'] }], application: [{ application: 'kibana-.kibana', resources: ['*'], privileges: ['login:'] }] }
  assert.equal((await passes(person, 'POST', '/_security/user/_has_privileges', asked, 200)).index['events*'].read, true)
  const allowed = await passes(editor, 'POST', '/_security/user/_has_privileges', { cluster: [], index: [], application: asked.application }, 200)
  assert.equal(allowed.has_all_requested, true)
})

await step('people see their own data', async () => {
  const fields = await passes(person, 'POST', '/events/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=true', undefined, 200)
  assert.deepEqual(fields.indices, ['events'])
  const found = await passes(person, 'POST', '/events*/_async_search?wait_for_completion_timeout=1s&keep_on_completion=true&keep_alive=60s&ignore_unavailable=true', { size: 5, query: { match_all: {} } }, 200)
  assert.equal((found.response ?? found).hits.hits.length, 1)
  if (found.id) {
    await passes(person, 'GET', `/_async_search/${found.id}?wait_for_completion_timeout=1s`, undefined, 200)
    await passes(person, 'DELETE', `/_async_search/${found.id}`, undefined, 200)
  }
  const names = await passes(person, 'GET', '/_resolve/index/*?expand_wildcards=open', undefined, 200)
  assert.deepEqual(names.indices.map(index => index.name), ['events'])
})

await step('and nothing else', async () => {
  await refused(person, 'POST', '/orders/_search', { query: { match_all: {} } })
  await refused(person, 'GET', '/.kibana/_doc/config%3A1')
  await refused(person, 'POST', '/_security/profile/_activate', { grant_type: 'password', username: 'x', password: 'y' })
  await refused(person, 'PUT', '/_security/privilege', { 'kibana-.kibana': {} })
  const all = await passes(person, 'POST', '/_search', { query: { match_all: {} } }, 200)
  assert.deepEqual([...new Set(all.hits.hits.map(hit => hit._index))], ['events'])
  await refused(kibana, 'POST', '/orders/_search', { query: { match_all: {} } })
  await refused(kibana, 'DELETE', '/orders')
  await refused(kibana, 'POST', '/.kibana_task_manager/_update_by_query?pipeline=mine', { script: { source: 'ctx.op = "noop"' } })
  await refused(kibana, 'POST', '/_reindex', { source: { index: '.kibana' }, dest: { index: '.kibana_copy' }, script: { source: 'ctx._index = "orders"' } })
  await refused(kibana, 'PUT', '/_security/user/mallory', { password: 'a long way home', roles: ['superuser'] })
})
