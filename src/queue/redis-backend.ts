import { createRedisBackend, type Telemetry, withBackend } from 'bullmq'
import { Redis } from 'ioredis'
import type { Complain } from '../complaint.ts'
import type { Log } from '../log.ts'
import { type JobData, KEEP_NOTHING, type QueueBackend, traced } from './backend.ts'

const { Queue, Worker } = withBackend(createRedisBackend)

const PREFIX = 'token-refresh-worker'

/** Opens the queues' Redis. A Redis that is away is waited for by the workers and fails producers within seconds. */
export function openRedisBackend(
  url: string,
  { log, complain, telemetry }: { log: Log; complain: Complain; telemetry?: Telemetry | undefined },
): QueueBackend {
  // A producer is somebody who waits, so it gives up soon; BullMQ wants of a worker's connection that it never does.
  const producer = new Redis(url, { maxRetriesPerRequest: 1 })
  const consumer = new Redis(url, { maxRetriesPerRequest: null })
  // Each worker blocks on a connection of its own, which only we can find again.
  const connections = [consumer]
  const duplicate = consumer.duplicate.bind(consumer)
  consumer.duplicate = (...options) => {
    const connection = duplicate(...options)
    connections.push(connection)
    return connection
  }
  const tracing = traced(telemetry)
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
        ...tracing,
      }),
    openWorker: (name, process, options) =>
      new Worker<JobData, void>(name, process, { prefix: PREFIX, ...options, connection: consumer, ...tracing }),
    giveUp: () => {
      for (const connection of connections) end(connection)
    },
    async [Symbol.asyncDispose]() {
      for (const connection of [producer, ...connections]) connection.disconnect()
    },
  }
}

/**
 * Ends a connection, also one that waits for its next try: such a one ioredis leaves as it is when told to disconnect, and
 * whoever waits for its end or for a command waits for ever. One more try ends it, whether it succeeds or not.
 */
function end(connection: Redis): void {
  const isStuck = connection.status === 'reconnecting'
  connection.disconnect()
  if (isStuck)
    void connection.connect().then(
      () => connection.disconnect(),
      () => undefined,
    )
}

/** A Redis that evicts keys throws away jobs. They come back through the database, but late. */
async function warnAboutEviction(redis: Redis, log: Log): Promise<void> {
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1]
  if (policy === undefined || policy === 'noeviction') return
  log.warn({ policy }, 'Redis may evict jobs: set maxmemory-policy to noeviction')
}
