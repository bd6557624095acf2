import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

// An X that takes every token and gives new ones, in a thread of its own. It shares the cores with what is measured, so it
// does no more than a platform's answer takes: HTTP as far as clients on a connection of their own speak it.

const answered = new Int32Array(workerData as SharedArrayBuffer)
let tokens = 0

const server = createServer((socket) => {
  socket.setNoDelay(true)
  let received = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    for (let end = endOfRequest(received); end !== null; end = endOfRequest(received)) {
      received = received.slice(end)
      answer(socket)
    }
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('no port')
parentPort?.postMessage(`http://127.0.0.1:${address.port}`)

/** @returns where the next request begins; null: this one has not arrived whole */
function endOfRequest(received: string): number | null {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [, length = '0'] = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd)) ?? []
  const end = headEnd + 4 + Number(length)
  return received.length < end ? null : end
}

function answer(socket: Socket): void {
  tokens++
  const [access_token, refresh_token] = ['access', 'refresh'].map((kind) => `${kind}-new-${tokens}`.padEnd(90, 'x'))
  const about = { token_type: 'bearer', expires_in: 7200, scope: 'tweet.read users.read offline.access' }
  const body = JSON.stringify({ ...about, access_token, refresh_token })
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  Atomics.add(answered, 0, 1)
}
