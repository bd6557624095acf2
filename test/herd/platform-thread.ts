import { once } from 'node:events'
import { createServer } from 'node:http'
import { parentPort } from 'node:worker_threads'
import type { Arrival, Seen, ToPlatform } from './platform.ts'
import { wallMs, watchStalls } from './stalls.ts'

// An X in a thread of its own, so that its clock does not stand still with that of the daemons. A refresh token names its
// account and how often it was rotated, works once, and is answered 503 during an outage without being spent.

const arrivals: Arrival[] = []
const { stalls } = watchStalls()
const rotations = new Map<string, number>()
let isOut = false
let replays = 0

function renew(token: string): { status: number; body: object } {
  const [, account = '', rotation = ''] = token.split('-')
  const current = rotations.get(account) ?? 0
  if (Number(rotation) !== current) {
    replays++
    return {
      status: 400,
      body: { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
    }
  }
  rotations.set(account, current + 1)
  const successor = `herd-${account}-${current + 1}`
  return { status: 200, body: { access_token: `access-${successor}`, refresh_token: successor, expires_in: 7200 } }
}

const server = createServer(async (request, response) => {
  const atMs = wallMs()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const token = new URLSearchParams(Buffer.concat(chunks).toString()).get('refresh_token') ?? ''
  const { status, body } = isOut ? { status: 503, body: {} } : renew(token)
  arrivals.push({ atMs, account: Number(token.split('-')[1]), isRenewed: status === 200 })
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (parentPort === null || address === null || typeof address === 'string') throw new Error('not a thread with a port')

parentPort.on('message', (message: ToPlatform) => {
  if (message === 'report') parentPort?.postMessage({ arrivals, stalls, replays } satisfies Seen)
  else isOut = message === 'outage'
})
parentPort.postMessage(`http://127.0.0.1:${address.port}`)
