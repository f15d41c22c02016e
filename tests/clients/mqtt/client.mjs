// npm mqtt through a gate. The environment says where and as whom: MQTT_URL, MQTT_VERSION (3, 4 or 5), MQTT_CA, MQTT_USER, MQTT_PASSWORD,
// MQTT_QOS (the broker's highest); the first argument says what: talk, denied, will, reconnect or bulk. Prints one line for each thing that was seen.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import mqtt from 'mqtt'

const env = process.env
const version = Number(env.MQTT_VERSION)
const most = Number(env.MQTT_QOS ?? 2)
const own = `${env.MQTT_USER}-${version}-${process.pid}`
const open = []

const connect = async (name, more = {}) => {
  const client = mqtt.connect(env.MQTT_URL, {
    protocolVersion: version,
    ...(version === 3 ? { protocolId: 'MQIsdp' } : {}),
    clientId: `${own}-${name}`.slice(-23),
    username: env.MQTT_USER,
    password: env.MQTT_PASSWORD,
    ca: env.MQTT_CA ? readFileSync(env.MQTT_CA) : undefined,
    reconnectPeriod: 0,
    connectTimeout: 10000,
    ...more
  })
  open.push(client)
  await Promise.race([once(client, 'connect'), once(client, 'error').then(([fault]) => { throw fault })])
  return client
}

const next = client => once(client, 'message').then(([topic, payload, packet]) => ({ topic, text: payload.toString(), packet }))

const suites = {
  async talk () {
    const reader = await connect('r')
    const writer = await connect('w')
    for (let qos = 0; qos <= most; qos++) {
      const topic = `a/talk/${own}/${qos}`
      const granted = await reader.subscribeAsync(topic, { qos })
      assert.equal(granted[0].qos, qos)
      const got = next(reader)
      await writer.publishAsync(topic, `text ${qos}`, { qos, properties: version === 5 ? { userProperties: { k: ['1', '2'] }, contentType: 'text/plain' } : undefined })
      const { text, packet } = await got
      assert.equal(text, `text ${qos}`)
      assert.equal(packet.qos, qos)
      if (version === 5) assert.deepEqual({ ...packet.properties.userProperties }, { k: ['1', '2'] })
      console.log(`qos ${qos}`)
    }
    const kept = `a/kept/${own}`
    await writer.publishAsync(kept, 'kept', { qos: 1, retain: true })
    const got = next(reader)
    await reader.subscribeAsync(kept, { qos: 1 })
    assert.equal((await got).packet.retain, true)
    await writer.publishAsync(kept, '', { qos: 1, retain: true })
    console.log('retained')
    await reader.unsubscribeAsync(kept)
    console.log('unsubscribed')
  },

  async denied () {
    const client = await connect('d')
    const refused = await client.subscribeAsync('b/x', { qos: 1 }).then(list => list[0].qos, fault => fault.message)
    console.log(`subscribe ${/\d+/.test(String(refused)) ? refused : 'refused'}`)
    const publish = await client.publishAsync('b/x', 'no', { qos: 1 }).then(() => 'taken', fault => `refused ${fault.code}`)
    console.log(`publish ${publish}`)
    const again = await client.publishAsync('b/x', 'no', { qos: 2 }).then(() => 'taken', fault => `refused ${fault.code}`)
    console.log(`publish ${again}`)
    const still = next(client)
    await client.subscribeAsync('a/denied', { qos: 0 })
    await client.publishAsync('a/denied', 'yes')
    console.log((await still).text)
    await connect('wrong', { password: 'wrong-password-1' }).then(() => console.log('let in'), fault => console.log(`login refused ${fault.code}`))
    await connect('will', { will: { topic: 'b/will', payload: Buffer.from('x'), qos: 0 } }).then(() => console.log('let in'), fault => console.log(`will refused ${fault.code}`))
  },

  async will () {
    const reader = await connect('r')
    const topic = `a/will/${own}`
    await reader.subscribeAsync(topic, { qos: 1 })
    const dying = await connect('w', { will: { topic, payload: Buffer.from('gone'), qos: 1 } })
    const got = next(reader)
    dying.stream.destroy()
    console.log((await got).text)
  },

  async reconnect () {
    const more = { clean: false, properties: version === 5 ? { sessionExpiryInterval: 60 } : undefined }
    const first = await connect('c', more)
    const topic = `a/again/${own}`
    await first.subscribeAsync(topic, { qos: 1 })
    await first.endAsync()
    const writer = await connect('w')
    await writer.publishAsync(topic, 'while away', { qos: 1 })
    const second = mqtt.connect(env.MQTT_URL, { ...first.options, reconnectPeriod: 50 })
    open.push(second)
    console.log((await next(second)).text)
    await second.publishAsync(`a/fence/${own}`, '', { qos: 1 })
    const again = once(second, 'connect')
    second.stream.destroy()
    await again
    const got = next(second)
    await writer.publishAsync(topic, 'after the break', { qos: 1 })
    console.log((await got).text)
  },

  async bulk () {
    const reader = await connect('r')
    const writer = await connect('w')
    const topic = `a/bulk/${own}`
    const qos = Math.min(most, 1)
    await reader.subscribeAsync(topic, { qos })
    const count = 10000
    let seen = 0
    let ready
    const done = new Promise(resolve => { ready = resolve })
    reader.on('message', (_, payload) => {
      assert.equal(Number(payload.toString()), seen)
      if (++seen === count) ready()
    })
    const inFlight = new Set()
    for (let i = 0; i < count; i++) {
      const sent = writer.publishAsync(topic, String(i), { qos })
      inFlight.add(sent)
      sent.then(() => inFlight.delete(sent))
      if (inFlight.size >= 16) await Promise.race(inFlight)
    }
    await done
    await Promise.all(inFlight)
    console.log(`${seen} in order`)
  }
}

const late = setTimeout(() => { console.error('late'); process.exit(3) }, 60000)
await suites[process.argv[2]]()
clearTimeout(late)
await Promise.all(open.map(client => client.endAsync(true)))
