import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, inject, test, vi } from 'vitest'
import { aTcpProxy } from '../../fixtures/tcp-proxy.ts'
import type { Fault, World } from '../fault.ts'
import { startRedisServer } from '../servers/redis-server.ts'
import { redisFaults } from './redis-faults.ts'

/** What becomes of a write while each fault lasts, and of what was written before. Those of jobs have tests of their own. */
const FAULTS: Readonly<Record<string, { whileItLasts: string | null; keeps: boolean }>> = {
  FLUSHALL: { whileItLasts: null, keeps: false },
  'restart empty': { whileItLasts: null, keeps: false },
  'crash and restart': { whileItLasts: null, keeps: true },
  'down for 3 s': { whileItLasts: 'gone', keeps: true },
  'down for 12 s': { whileItLasts: 'gone', keeps: true },
  'down for 60 s': { whileItLasts: 'gone', keeps: true },
  'clients killed': { whileItLasts: 'written', keeps: true },
  'out of memory for 4 s': { whileItLasts: 'OOM', keeps: true },
  'out of memory for 20 s': { whileItLasts: 'OOM', keeps: true },
  'frozen for 4 s': { whileItLasts: 'silent', keeps: true },
  'frozen for 20 s': { whileItLasts: 'silent', keeps: true },
  'blackhole for 3 s': { whileItLasts: 'silent', keeps: true },
  'blackhole for 20 s': { whileItLasts: 'silent', keeps: true },
  '500 ms of latency for 4 s': { whileItLasts: 'silent', keeps: true },
  '500 ms of latency for 30 s': { whileItLasts: 'silent', keeps: true },
}

/** Writes as a daemon does; says why it could not. */
async function write(port: number, patienceMs = 10_000): Promise<string> {
  const client = new Redis(port, '127.0.0.1', {
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  client.on('error', () => {})
  try {
    const silence = new Promise<string>((done) => setTimeout(done, patienceMs, 'silent'))
    return await Promise.race([client.set('written', '1').then(() => 'written'), silence])
  } catch (error) {
    return String(error).includes('OOM') ? 'OOM' : 'gone'
  } finally {
    client.disconnect()
  }
}

async function aRedisBehindAProxy(stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const redis = stack.use(await startRedisServer(folder))
  const proxy = stack.use(await aTcpProxy(redis.port))
  const world = { redis, proxies: { postgres: proxy, redis: proxy, platform: proxy }, random: () => 0 }
  const worldThat = (wait: () => Promise<unknown>) => ({ ...world, wait }) as Partial<World> as World
  return { redis, port: proxy.port, worldThat }
}

describe.skipIf(!inject('hasRedisServer'))('a fault of Redis', () => {
  test('keeps writes off while it lasts, and not afterwards', async () => {
    await using stack = new AsyncDisposableStack()
    const { redis, port, worldThat } = await aRedisBehindAProxy(stack)
    await redis.withClient((client) => client.set('before', '1'))

    for (const [what, { whileItLasts, keeps }] of Object.entries(FAULTS)) {
      const seen = new Set<string>()
      const patienceMs = whileItLasts === 'silent' ? 300 : undefined
      await find(what).strike(worldThat(async () => seen.add(await write(port, patienceMs))))

      expect([what, ...seen]).toEqual(whileItLasts === null ? [what] : [what, whileItLasts])
      expect([what, await write(port)]).toEqual([what, 'written'])
      const before = await redis.withClient((client) => client.set('before', '1', 'GET'))
      expect([what, before !== null]).toEqual([what, keeps])
    }
  })

  test('breaks the connections of its clients', async () => {
    await using stack = new AsyncDisposableStack()
    const { port, worldThat } = await aRedisBehindAProxy(stack)
    const client = new Redis(port, { retryStrategy: () => null })
    const closed = vi.fn()
    client.on('error', () => {})
    client.on('close', closed)
    await client.ping()

    await find('clients killed').strike(worldThat(async () => {}))

    await vi.waitFor(() => expect(closed).toHaveBeenCalled())
  })
})

function find(what: string): Fault {
  const found = redisFaults.find(({ name }) => name === `redis: ${what}`)
  if (found === undefined) throw new Error(`there is no fault ${what}`)
  return found
}
