// What Filebeat, Metricbeat, Logstash and Fluent Bit ask of Elasticsearch when they start and ship, sent as the identity that
// `gatehouse connect PRODUCT` made (SHIPPER_*).   node shippers.mjs filebeat|metricbeat|logstash|fluent-bit [--setup]
import assert from 'node:assert/strict'
import { caller, passes, refused, step, items } from './wire.mjs'

const product = process.argv[2]
const mayLoad = process.argv.includes('--setup')
const call = caller('SHIPPER')
const now = '2024-05-01T10:00:00.000Z'

const beat = async () => {
  const stream = `${product}-8.19.2`
  await step('starts', async () => {
    assert.equal((await passes(call, 'GET', '/', undefined, 200)).version.number, '9.1.0')
    await passes(call, 'GET', '/_license?human=false')
    await passes(call, 'GET', '/_xpack')
    await passes(call, 'GET', `/_ilm/policy/${product}`)
    await passes(call, 'GET', `/_ingest/pipeline/${product}-8.19.2-nginx-access-pipeline`)
  })
  const load = mayLoad ? passes : refused
  await step(mayLoad ? 'loads what it needs' : 'loads nothing', async () => {
    if (mayLoad) {
      await passes(call, 'HEAD', `/_index_template/${stream}`)
    }
    await load(call, 'PUT', `/_ilm/policy/${product}`, { policy: { phases: { hot: { actions: {} } } } })
    await load(call, 'PUT', `/_index_template/${stream}`, { index_patterns: [`${stream}*`], data_stream: {}, priority: 150 })
    await load(call, 'PUT', `/_ingest/pipeline/${stream}-nginx-access-pipeline`, { processors: [] })
  })
  await step('ships', async () => {
    await items(call, '/_bulk', [{ create: { _index: stream } }, { '@timestamp': now, message: 'one' }, { create: { _index: stream } }, { '@timestamp': now, message: 'two' }], [201, 201])
  })
  return stream
}

const logstash = async () => {
  const stream = 'logs-generic-default'
  await step('starts', async () => {
    await passes(call, 'HEAD', '/')
    await passes(call, 'GET', '/', undefined, 200)
    await passes(call, 'GET', '/_license')
    await passes(call, 'GET', '/_xpack')
  })
  await step('ships', async () => {
    await items(call, '/_bulk?filter_path=errors,items.*.error,items.*.status', [{ create: { _index: stream } }, { '@timestamp': now, message: 'one', data_stream: { type: 'logs', dataset: 'generic', namespace: 'default' } }], [201])
    await items(call, '/_bulk', [{ create: { _index: 'logstash-2024.05.01' } }, { '@timestamp': now, message: 'two' }], [201])
  })
  return stream
}

const fluentBit = async () => {
  await step('ships', async () => {
    await items(call, '/_bulk', [{ create: { _index: 'logs-fluent_bit-default' } }, { '@timestamp': now, log: 'one' }], [201])
  })
  return 'logs-fluent_bit-default'
}

const stream = await { filebeat: beat, metricbeat: beat, logstash, 'fluent-bit': fluentBit }[product]()
await step('appends and does nothing else', async () => {
  await items(call, '/_bulk', [{ create: { _index: 'orders' } }, { a: 1 }, { create: { _index: stream } }, { '@timestamp': now }], [403, 201])
  await items(call, '/_bulk', [{ delete: { _index: stream, _id: 'x' } }, { index: { _index: stream, _id: 'x' } }, { a: 1 }], [403, 403])
  await refused(call, 'POST', `/${stream}/_search`, { query: { match_all: {} } })
  await refused(call, 'GET', '/orders/_doc/1')
  if (!mayLoad) {
    await refused(call, 'DELETE', `/_data_stream/${stream}`)
  }
  await refused(call, 'GET', '/_security/user')
})
