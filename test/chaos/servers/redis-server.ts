import { startRedis } from '../../setup/redis-server.ts'

/** A `redis-server` of our own. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number
}

export async function startRedisServer(_folder: string): Promise<RedisServer> {
  const server = await startRedis()
  if (server === null) throw new Error('there is no redis-server on PATH')
  return { port: Number(new URL(server.url).port), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
