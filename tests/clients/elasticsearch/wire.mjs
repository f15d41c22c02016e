// Requests as a program of the stack sends them, without a client library between: one https connection kept alive, the CA given.
// The environment says where and as whom: CLUSTER_URL, CLUSTER_CA, and for the caller named NAME: NAME_USER with NAME_PASSWORD,
// or NAME_API_KEY ("id:key").
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'

const env = process.env
const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(env.CLUSTER_CA) })

export const caller = (name, headers = {}) => {
  const key = env[`${name}_API_KEY`]
  const pair = key ?? `${env[`${name}_USER`]}:${env[`${name}_PASSWORD`]}`
  const authorization = (key ? 'ApiKey ' : 'Basic ') + Buffer.from(pair).toString('base64')
  return (method, path, body) => new Promise((resolve, reject) => {
    const isLines = Array.isArray(body)
    const text = body === undefined ? undefined : isLines ? body.map(line => JSON.stringify(line) + '\n').join('') : JSON.stringify(body)
    const sent = request(new URL(path, env.CLUSTER_URL), {
      method,
      agent,
      timeout: 20000,
      headers: {
        authorization,
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': isLines ? 'application/x-ndjson' : 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers
      }
    }, answer => {
      const parts = []
      answer.on('data', part => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const raw = Buffer.concat(parts).toString()
        let json
        try { json = JSON.parse(raw) } catch { json = raw }
        resolve({ status: answer.statusCode, headers: answer.headers, json })
      })
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer')))
    sent.on('error', reject)
    sent.end(text)
  })
}

// One line a step; the first that is wrong ends the program with 1.
export const step = async (name, run) => {
  try { await run() } catch (e) { console.log(`FAILED ${name}: ${e.stack}`); process.exit(1) }
  console.log(`ok ${name}`)
}

// What the gate refuses is 401, 403 or an answer with a problem of its own. A 404 or 400 is the cluster's word: it was asked.
export const passes = async (call, method, path, body, status) => {
  const answer = await call(method, path, body)
  const shown = `${method} ${path}: ${answer.status} ${JSON.stringify(answer.json).slice(0, 400)}`
  assert.ok(![401, 403, 413, 429, 502, 503, 504].includes(answer.status), shown)
  assert.ok(!/\bGH\d{4}\b/.test(JSON.stringify(answer.json)), shown)
  if (status) assert.equal(answer.status, status, shown)
  return answer.json
}
export const refused = async (call, method, path, body, status = 403) => {
  const answer = await call(method, path, body)
  assert.equal(answer.status, status, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.json).slice(0, 400)}`)
  return answer.json
}
// A bulk answers 200 with the fate of each item.
export const items = async (call, path, lines, statuses) => {
  const answer = await passes(call, 'POST', path, lines, 200)
  assert.deepEqual(answer.items.map(item => Object.values(item)[0].status), statuses, JSON.stringify(answer).slice(0, 600))
  return answer
}
