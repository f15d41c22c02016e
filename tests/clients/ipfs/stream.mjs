// One request whose body goes out while its answer comes in: node stream.mjs 1|2 METHOD TARGET [BYTES [BYTES UNTIL IT GOES AWAY]]
// HTTP/1.1 or HTTP/2; IPFS_URL, IPFS_AUTHORIZATION. Prints {status, length, end, trailer, error}.
import http2 from 'node:http2'
import https from 'node:https'

const [version, method, target, bytes = '0', leaving = '0'] = process.argv.slice(2)
const url = new URL(process.env.IPFS_URL)
const size = Number(bytes)
const begin = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
const end = '\r\n--b--\r\n'
const headers = { authorization: process.env.IPFS_AUTHORIZATION }
if (size > 0) {
  headers['content-type'] = 'multipart/form-data; boundary=b'
  headers['content-length'] = begin.length + size + end.length
}

const seen = { status: 0, length: 0, end: '', trailer: null, error: null }
let request
let session

function finish (error) {
  seen.error ??= error ?? null
  console.log(JSON.stringify(seen))
  process.exit(0)
}

function take (data) {
  seen.length += data.length
  seen.end = (seen.end + data).slice(-400)
}

async function send () {
  if (size > 0) {
    request.write(begin)
    const block = Buffer.alloc(64 * 1024, 120)
    for (let sent = 0; sent < size; sent += block.length) {
      if (Number(leaving) > 0 && sent >= Number(leaving)) {
        request.destroy()
        session?.destroy()
        finish('left')
      }

      if (!request.write(block.subarray(0, Math.min(block.length, size - sent)))) {
        await new Promise(resolve => request.once('drain', resolve))
      }
    }
  }

  request.end(size > 0 ? end : undefined)
}

if (version === '1') {
  request = https.request(url, { method, path: target, headers }, answer => {
    seen.status = answer.statusCode
    answer.on('data', take)
    answer.on('error', error => finish(error.code))
    answer.on('end', () => {
      seen.trailer = answer.trailers['x-stream-error'] ?? null
      finish(answer.complete ? null : 'incomplete')
    })
  })
} else {
  session = http2.connect(url)
  session.on('error', error => finish(error.code))
  request = session.request({ ':method': method, ':path': target, ...headers })
  request.on('response', answer => { seen.status = answer[':status'] })
  request.on('trailers', trailers => { seen.trailer = trailers['x-stream-error'] ?? null })
  request.on('data', take)
  request.on('close', () => finish(request.rstCode === 0 ? null : 'reset ' + request.rstCode))
}

request.on('error', error => finish(error.code))
await send()
