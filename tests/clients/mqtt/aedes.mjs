// A broker for tests: aedes on AEDES_PORT (TCP) and AEDES_WS_PORT (WebSocket). Topics below "broker-denies/" it refuses itself.
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { Aedes } from 'aedes'
import { WebSocketServer, createWebSocketStream } from 'ws'

const isDenied = topic => topic.startsWith('broker-denies/')
const broker = await Aedes.createBroker({
  authorizePublish: (client, packet, done) => done(isDenied(packet.topic) ? new Error('denied') : null),
  authorizeSubscribe: (client, subscription, done) => done(null, isDenied(subscription.topic) ? null : subscription)
})
createTcpServer(broker.handle).listen(Number(process.env.AEDES_PORT), '127.0.0.1')

const http = createServer()
new WebSocketServer({ server: http, handleProtocols: offered => offered.has('mqtt') ? 'mqtt' : false })
  .on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
http.listen(Number(process.env.AEDES_WS_PORT), '127.0.0.1')
