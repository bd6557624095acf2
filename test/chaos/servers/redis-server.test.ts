import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, inject, test, vi } from 'vitest'
import { type RedisServer, startRedisServer } from './redis-server.ts'

async function aServer(stack: AsyncDisposableStack): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  return stack.use(await startRedisServer(folder))
}

const read = (server: RedisServer) => server.withClient((client) => client.get('key'))
const write = (server: RedisServer, value: string) => server.withClient((client) => client.set('key', value))

describe.skipIf(!inject('hasRedisServer'))('a Redis', () => {
  test('keeps its port over restarts, and what it holds unless it starts empty', async () => {
    await using stack = new AsyncDisposableStack()
    const server = await aServer(stack)

    await write(server, '1')
    await server.stop()
    await expect(read(server)).rejects.toThrow()
    await server.start()
    expect(await read(server)).toBe('1')
    await server.kill()
    await server.start({ empty: true })
    expect(await read(server)).toBeNull()
    await write(server, '2')
    await server.flushAll()

    expect(await read(server)).toBeNull()
  })

  test('refuses writes at its limit of memory, and takes them again without one', async () => {
    await using stack = new AsyncDisposableStack()
    const server = await aServer(stack)

    await server.limitMemory(1)
    await expect(write(server, '1')).rejects.toThrow(/^OOM/)
    await server.limitMemory(null)
    await write(server, '2')

    expect(await read(server)).toBe('2')
  })

  test('breaks its connections, and stands still and goes on', async () => {
    await using stack = new AsyncDisposableStack()
    const server = await aServer(stack)
    const client = new Redis(server.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 })
    stack.defer(() => client.disconnect())
    client.on('error', () => {})

    const blocked = client.blpop('list', 0)
    await vi.waitFor(async () =>
      expect(await server.withClient((other) => other.info('clients'))).toContain('blocked_clients:1'),
    )
    await Promise.all([expect(blocked).rejects.toThrow(), server.killClients()])
    server.freeze()
    const written = write(server, '1')
    expect(await Promise.race([written, new Promise((done) => setTimeout(done, 200, 'silent'))])).toBe('silent')
    server.thaw()

    expect(await written).toBe('OK')
  })
})
