// Calls every API of the official clients with every combination of path parameters, without a server, and prints the
// requests that would go out: one JSON line {"method","target","client","api"} each.
import { Client as Elasticsearch8 } from 'elasticsearch8'
import { Client as Elasticsearch9 } from 'elasticsearch9'
import { Client as OpenSearch3 } from 'opensearch3'

const skipped = new Set(['constructor', 'child', 'close', 'on', 'once', 'off', 'emit', 'extend', 'name', 'diagnostic', 'helpers', 'transport', 'connectionPool', 'serializer', 'Internal'])
const seen = new Set()

function parameters (given) {
  const asked = new Set()
  const proxy = new Proxy({}, {
    get (_, key) {
      if (typeof key !== 'string' || key === 'then' || key === 'body' || key === 'querystring' || key === 'headers') return undefined
      asked.add(key)
      return given === null || given.has(key) ? 'x' : undefined
    },
    has: () => true,
    ownKeys: () => [],
    getOwnPropertyDescriptor: () => undefined
  })
  return { proxy, asked }
}

async function call (run, given) {
  const { proxy, asked } = parameters(given)
  try { await run(proxy) } catch { /* a parameter that must be there is not */ }
  return asked
}

function apis (object, path, found, depth) {
  for (let level = object; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const key of Object.getOwnPropertyNames(level)) {
      if (skipped.has(key) || key.startsWith('_') || key.startsWith('k') && key.length < 3) continue
      let value
      try { value = object[key] } catch { continue }
      if (typeof value === 'function') found.set([...path, key].join('.'), value.bind(object))
      else if (depth > 0 && value && typeof value === 'object' && !Array.isArray(value) && key !== 'acceptedParams') apis(value, [...path, key], found, depth - 1)
    }
  }
}

async function walk (name, client) {
  let api = ''
  client.transport.request = async request => {
    if (typeof request.method !== 'string' || typeof request.path !== 'string') return {}
    const line = JSON.stringify({ method: request.method, target: request.path, client: name, api })
    const key = `${name} ${request.method} ${request.path}`
    if (!seen.has(key)) { seen.add(key); console.log(line) }
    return {}
  }
  const found = new Map()
  apis(client, [], found, 1)
  for (const [key, run] of found) {
    api = key
    const asked = [...await call(run, null)]
    const limited = asked.slice(0, 5)
    for (let mask = 0; mask < 1 << limited.length; mask++) {
      await call(run, new Set(limited.filter((_, i) => mask >> i & 1)))
    }
  }
}

await walk('elasticsearch 8', new Elasticsearch8({ node: 'http://127.0.0.1:9' }))
await walk('elasticsearch 9', new Elasticsearch9({ node: 'http://127.0.0.1:9' }))
await walk('opensearch 3', new OpenSearch3({ node: 'http://127.0.0.1:9' }))
process.exit(0)
