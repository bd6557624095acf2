import { env } from 'node:process'
import { startRedisServer } from '../fixtures/redis-server.ts'
import { findProgram } from './debian.ts'

export interface RedisServer extends AsyncDisposable {
  readonly url: string
}

/**
 * Finds a Redis for the tests: the one of `REDIS_URL`, else a private `redis-server`, which root on a machine with apt
 * gets from Debian. Null, with a line that says so, where there is none; with `CI=true` that is an error.
 */
export async function startRedis(): Promise<RedisServer | null> {
  if (env.REDIS_URL) return { url: env.REDIS_URL, async [Symbol.asyncDispose]() {} }
  const program = findProgram('redis-server', 'the Redis backend')
  if (program === null) return null
  const server = await startRedisServer(program, ['--databases', '64'])
  return { url: `redis://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
