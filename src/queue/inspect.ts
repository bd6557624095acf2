import { Redis } from 'ioredis'
import { hasQueueSchema } from './postgres-schema.ts'

export interface QueueServer {
  readonly kind: 'redis' | 'postgresql'
  readonly version: string
  /** Of Redis: what it throws away when its memory is full. */
  readonly evictionPolicy: string
  /** Of PostgreSQL: whether BullMQ's tables are there. */
  readonly hasSchema: boolean
}

/**
 * Asks the server that holds the queues what it is.
 *
 * @throws when it does not answer
 */
export async function inspectQueue(redisUrl: string | null, databaseUrl: string): Promise<QueueServer> {
  if (redisUrl === null) {
    return { kind: 'postgresql', version: '', evictionPolicy: '', hasSchema: await hasQueueSchema(databaseUrl) }
  }
  const redis = new Redis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  // The promise of the connection only says that it is closed; why, the event says.
  let trouble: Error | null = null
  redis.on('error', (error) => {
    trouble = error
  })
  try {
    await redis.connect().catch((error) => {
      throw trouble ?? error
    })
    const info = await redis.info()
    const member = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? 'unknown'
    return {
      kind: 'redis',
      version: member('redis_version'),
      evictionPolicy: member('maxmemory_policy'),
      hasSchema: false,
    }
  } finally {
    redis.disconnect()
  }
}
