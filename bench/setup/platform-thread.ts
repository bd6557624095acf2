import { once } from 'node:events'
import { createServer } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

// An X that takes every token and gives new ones, in a thread of its own.

const answered = new Int32Array(workerData as SharedArrayBuffer)
let tokens = 0

const server = createServer((request, response) => {
  request.resume()
  request.once('end', () => {
    tokens++
    const answer = { token_type: 'bearer', expires_in: 7200, scope: 'tweet.read users.read offline.access' }
    const [access_token, refresh_token] = ['access', 'refresh'].map((kind) => `${kind}-new-${tokens}`.padEnd(90, 'x'))
    const body = JSON.stringify({ ...answer, access_token, refresh_token })
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
    Atomics.add(answered, 0, 1)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('no port')
parentPort?.postMessage(`http://127.0.0.1:${address.port}`)
