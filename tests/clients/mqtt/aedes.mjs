// A broker for tests: aedes on AEDES_PORT (TCP) and AEDES_WS_PORT (WebSocket), and with AEDES_CERTIFICATE and
// AEDES_KEY (PEM) on AEDES_WSS_PORT (WebSocket over TLS). Topics below "broker-denies/" it refuses itself.
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { Aedes } from 'aedes'
import { WebSocketServer, createWebSocketStream } from 'ws'

const isDenied = topic => topic.startsWith('broker-denies/')
const broker = await Aedes.createBroker({
  authorizePublish: (client, packet, done) => done(isDenied(packet.topic) ? new Error('denied') : null),
  authorizeSubscribe: (client, subscription, done) => done(null, isDenied(subscription.topic) ? null : subscription)
})
createTcpServer(broker.handle).listen(Number(process.env.AEDES_PORT), '127.0.0.1')

const listen = (server, port) => {
  new WebSocketServer({ server, handleProtocols: offered => offered.has('mqtt') ? 'mqtt' : false })
    .on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
  server.listen(Number(port), '127.0.0.1')
}
listen(createServer(), process.env.AEDES_WS_PORT)
if (process.env.AEDES_WSS_PORT) {
  listen(createSecureServer({ cert: process.env.AEDES_CERTIFICATE, key: process.env.AEDES_KEY }), process.env.AEDES_WSS_PORT)
}
