import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { openAgents } from '../../src/oauth/agents.ts'
import type { HttpRequest } from '../../src/oauth/request.ts'
import { type SendOptions, send } from '../../src/oauth/send.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'

const request = (url: string, members: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  url,
  form: { refresh_token: 'a b&c', grant_type: 'refresh_token' },
  hostFrom: 'platform',
  spendsToken: true,
  ...members,
})

const patient: SendOptions = { deadlineMs: 10_000, mayStillSend: () => true }

async function sendTo(url: string, options: Partial<SendOptions> = {}, members: Partial<HttpRequest> = {}) {
  await using agents = openAgents({ connections: 2, allowPrivateNetwork: true })
  const described = request(url, members)
  return await send(agents.for(described), described, { ...patient, ...options })
}

/** A TCP server that does to a connection what the test says. */
async function aSocketServer(
  onConnection: (socket: Socket) => void,
): Promise<{ origin: string; server: Server } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    origin: `http://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

/** Another thread that answers when it is told to, and says with the shared cell that it has. */
const OTHER_THREAD = `
  const { createServer } = require('node:net')
  const { parentPort, workerData } = require('node:worker_threads')
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => parentPort.postMessage('arrived'))
    parentPort.once('message', () => {
      const answer = 'HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: 8\\r\\n\\r\\n{"a":42}'
      socket.write(answer, () => {
        Atomics.store(workerData, 0, 1)
        Atomics.notify(workerData, 0)
      })
    })
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

describe('a request', () => {
  test('arrives as it was described', async () => {
    await using platform = await aPlatformServer()
    platform.answer({ status: 200, body: { access_token: 'new' }, headers: { 'x-limit': '7' } })

    const sent = await sendTo(`${platform.origin}/token`, {}, { headers: { authorization: 'Basic x' } })

    expect(sent).toMatchObject({
      kind: 'answered',
      answer: { status: 200, json: { access_token: 'new' }, headers: { 'x-limit': '7' }, page: null },
    })
    expect(platform.arrived).toHaveLength(1)
    expect(platform.arrived[0]).toMatchObject({
      method: 'POST',
      url: '/token',
      form: { refresh_token: 'a b&c', grant_type: 'refresh_token' },
      headers: { authorization: 'Basic x', 'content-type': 'application/x-www-form-urlencoded' },
    })
  })

  test('without a body has none, and no content type', async () => {
    await using platform = await aPlatformServer()
    platform.answer({ status: 200, body: {} })
    await using agents = openAgents({ connections: 2, allowPrivateNetwork: true })
    const { form: _, ...bare } = request(platform.origin)

    await send(agents.for(bare), bare, patient)

    expect(platform.arrived[0]).toMatchObject({ body: '', headers: { 'content-length': '0' } })
    expect(platform.arrived[0]?.headers['content-type']).toBeUndefined()
  })

  test('follows no redirect', async () => {
    await using platform = await aPlatformServer()
    platform.answer({ status: 307, headers: { location: `${platform.origin}/elsewhere` } })

    expect(await sendTo(platform.origin)).toMatchObject({ kind: 'answered', answer: { status: 307 } })
    expect(platform.arrived).toHaveLength(1)
  })

  test('is answered when the answer came in time and the process stood still until after the deadline', async () => {
    const hasAnswered = new Int32Array(new SharedArrayBuffer(4))
    await using other = new Worker(OTHER_THREAD, { eval: true, workerData: hasAnswered })
    const [port] = await once(other, 'message')
    const deadlineMs = 500
    const sending = sendTo(`http://127.0.0.1:${port}/token`, { deadlineMs })
    await once(other, 'message')

    other.postMessage('answer')
    Atomics.wait(hasAnswered, 0, 0, 10_000)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * deadlineMs)

    expect(await sending).toMatchObject({ kind: 'answered', answer: { status: 200, json: { a: 42 } } })
  })

  test('is answered by a page: no JSON, no error', async () => {
    await using platform = await aPlatformServer()
    platform.answer({ status: 502, body: `<html>Bad gateway</html>${' '.repeat(100_000)}` })

    expect(await sendTo(platform.origin)).toMatchObject({
      kind: 'answered',
      answer: { status: 502, json: undefined, page: '<html>Bad gateway</html>'.padEnd(500) },
    })
  })
})

describe('nothing was sent', () => {
  test('when nobody listens', async () => {
    const { origin, server } = await aSocketServer(() => {})
    server.close()
    await once(server, 'close')

    expect(await sendTo(origin)).toEqual({ kind: 'not_sent', code: 'ECONNREFUSED' })
  })

  test('when the name does not exist', async () => {
    expect(await sendTo('http://nowhere.invalid')).toMatchObject({ kind: 'not_sent' })
  })

  test('when the TLS handshake fails', async () => {
    await using server = await aSocketServer((socket) => void socket.end('this is no TLS'))

    expect(await sendTo(server.origin.replace('http:', 'https:'))).toMatchObject({ kind: 'not_sent' })
  })

  test('when the connection is made too late', async () => {
    await using platform = await aPlatformServer()

    expect(await sendTo(platform.origin, { mayStillSend: () => false })).toEqual({ kind: 'not_sent', code: 'TOO_LATE' })
    expect(platform.arrived).toHaveLength(0)
  })

  test('when the deadline passes before there is a connection', async () => {
    // A listener whose backlog is full answers no handshake; TLS to a silent server comes to the same.
    await using server = await aSocketServer(() => {})

    const sent = await sendTo(server.origin.replace('http:', 'https:'), { deadlineMs: 200 })

    expect(sent).toEqual({ kind: 'not_sent', code: 'TIMEOUT' })
  })
})

describe('no answer came', () => {
  test('when the server is silent until the deadline', async () => {
    await using platform = await aPlatformServer()
    platform.answer(() => {})

    expect(await sendTo(platform.origin, { deadlineMs: 200 })).toEqual({ kind: 'no_answer', code: 'TIMEOUT' })
  })

  test('when the answer drips until the deadline', async () => {
    await using platform = await aPlatformServer()
    platform.answer((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })

    expect(await sendTo(platform.origin, { deadlineMs: 300 })).toEqual({ kind: 'no_answer', code: 'TIMEOUT' })
  })

  test('when the connection is closed or reset after the request', async () => {
    await using closing = await aSocketServer((socket) => socket.once('data', () => socket.end()))
    await using resetting = await aSocketServer((socket) => socket.once('data', () => socket.resetAndDestroy()))

    expect(await sendTo(closing.origin)).toMatchObject({ kind: 'no_answer' })
    expect(await sendTo(resetting.origin)).toMatchObject({ kind: 'no_answer' })
  })

  test('when the body is cut', async () => {
    await using server = await aSocketServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"access_token":"ne')),
    )

    expect(await sendTo(server.origin)).toMatchObject({ kind: 'no_answer' })
  })

  test('when the body is larger than an answer can be', async () => {
    await using platform = await aPlatformServer()
    platform.answer((response) => {
      response.writeHead(200)
      const flood = () => {
        while (response.write(Buffer.alloc(64 * 1024, 'x')));
      }
      response.on('drain', flood)
      flood()
    })

    expect(await sendTo(platform.origin)).toEqual({ kind: 'no_answer', code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' })
  })

  test('when what comes is not HTTP', async () => {
    await using server = await aSocketServer((socket) =>
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n')),
    )

    expect(await sendTo(server.origin)).toMatchObject({ kind: 'no_answer' })
  })
})
