import { openRedis } from '../redis.ts'
import type { Place } from './place.ts'

/** One hash for the fleet, its name in braces as those of the queues are. */
const KEY = 'token-refresh-worker:{escrow}'

/** Somebody holds the only good token of an account meanwhile, and has a second place to try. */
const PATIENCE_MS = 2000
const PAGE = 100

/** Keeps in Redis, where every daemon of the fleet finds it. */
export function openRedisPlace(url: string): Place {
  const redis = openRedis(url, {
    maxRetriesPerRequest: 0,
    commandTimeoutMs: PATIENCE_MS,
    connectTimeoutMs: PATIENCE_MS,
  })
  // What fails is told by whoever asked; without a listener ioredis writes to stderr.
  redis.on('error', () => undefined)
  return {
    name: 'redis',
    async check() {
      await redis.ping()
    },
    async put(name, signed) {
      await redis.hset(KEY, name, signed)
    },
    get: (name) => redis.hget(KEY, name),
    async list() {
      const kept = new Map<string, string>()
      let cursor = '0'
      do {
        const [next, members] = await redis.hscan(KEY, cursor, 'COUNT', PAGE)
        for (let at = 0; at + 1 < members.length; at += 2) kept.set(members[at] ?? '', members[at + 1] ?? '')
        cursor = next
      } while (cursor !== '0')
      return [...kept].map(([name, signed]) => ({ name, signed }))
    },
    async remove(name) {
      await redis.hdel(KEY, name)
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect()
    },
  }
}
