// js-libp2p nodes, told what to do by lines on the standard input, one answer a line:
//   listen NAME PORT KEYFILE|-   a node that listens on the loopback port: `listening`
//   ping PEER PORT=KEYFILE|- ...  fresh nodes ping the node PEER through ports, at once: `pong` or `none` for each
//   hold PORT PEER KEYFILE       a node that stays and pings: `pong` or `none`
//   again                        the node that stays pings over the connection it has: `pong` or `none`
//   stop NAME                    the listening node goes: `stopped`
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createLibp2p } from 'libp2p'
import { tcp } from '@libp2p/tcp'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { preSharedKey } from '@libp2p/pnet'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'

const listening = new Map()
let held

function create (key, listen) {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    ...(key === '-' ? {} : { connectionProtector: preSharedKey({ psk: readFileSync(key) }) }),
    services: { identify: identify(), ping: ping() }
  })
}

async function pong (node, port, peer) {
  try {
    const address = multiaddr(`/ip4/127.0.0.1/tcp/${port}/p2p/${listening.get(peer).peerId.toString()}`)
    await node.services.ping.ping(address, { signal: AbortSignal.timeout(5000) })
    return 'pong'
  } catch {
    // Which error it is depends on who closes first.
    return 'none'
  }
}

const commands = {
  async listen (name, port, key) {
    listening.set(name, await create(key, [`/ip4/127.0.0.1/tcp/${port}`]))
    return 'listening'
  },
  async ping (peer, ...ways) {
    const answers = await Promise.all(ways.map(async way => {
      const [port, key] = way.split('=')
      const node = await create(key, [])
      try {
        return await pong(node, port, peer)
      } finally {
        await node.stop()
      }
    }))
    return answers.join(' ')
  },
  async hold (port, peer, key) {
    held = { node: await create(key, []), port, peer }
    return await pong(held.node, port, peer)
  },
  async again () {
    const peer = listening.get(held.peer).peerId
    if (held.node.getConnections(peer).length === 0) {
      return 'none'
    }
    return await pong(held.node, held.port, held.peer)
  },
  async stop (name) {
    await listening.get(name).stop()
    return 'stopped'
  }
}

// A peer that goes away while it is spoken to must not end the others.
process.on('uncaughtException', error => console.error(error.message))
process.on('unhandledRejection', error => console.error(error?.message))

let last = Promise.resolve()
createInterface({ input: process.stdin })
  .on('line', line => {
    const [command, ...words] = line.split(' ')
    last = last.then(async () => {
      try {
        console.log(await commands[command](...words))
      } catch (error) {
        console.log(`error ${error.message}`)
      }
    })
  })
  .on('close', () => last.then(() => process.exit(0)))
