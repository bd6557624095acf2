import { createRedisBackend, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import type { Complain } from '../complaint.ts'
import type { Log } from '../log.ts'
import { type JobData, KEEP_NOTHING, type QueueBackend } from './backend.ts'

const { Queue, Worker } = withBackend(createRedisBackend)

const PREFIX = 'token-refresh-worker'

/** Opens the queues' Redis. A Redis that is away is waited for by the workers and fails producers within seconds. */
export function openRedisBackend(url: string, { log, complain }: { log: Log; complain: Complain }): QueueBackend {
  // A producer is somebody who waits, so it gives up soon; BullMQ wants of a worker's connection that it never does.
  const producer = new Redis(url, { maxRetriesPerRequest: 1 })
  const consumer = new Redis(url, { maxRetriesPerRequest: null })
  producer.on('error', complain)
  consumer.on('error', complain)
  producer.once('ready', () => void warnAboutEviction(producer, log).catch(complain))

  return {
    kind: 'redis',
    openQueue: (name) =>
      new Queue<JobData, void>(name, {
        prefix: PREFIX,
        connection: producer,
        defaultJobOptions: KEEP_NOTHING,
        // Else a producer waits for ever for a Redis that is away.
        skipWaitingForReady: true,
      }),
    openWorker: (name, process, options) =>
      new Worker<JobData, void>(name, process, { prefix: PREFIX, ...options, connection: consumer }),
    async [Symbol.asyncDispose]() {
      producer.disconnect()
      consumer.disconnect()
    },
  }
}

/** A Redis that evicts keys throws away jobs. They come back through the database, but late. */
async function warnAboutEviction(redis: Redis, log: Log): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1]
  if (policy === undefined || policy === 'noeviction') return
  log.warn({ policy }, 'Redis may evict jobs: set maxmemory-policy to noeviction')
}
