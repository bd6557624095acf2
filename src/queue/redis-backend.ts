import { createRedisBackend, type Telemetry, withBackend } from 'bullmq'
import { Cluster } from 'ioredis'
import type { Complain } from '../complaint.ts'
import type { Log } from '../log.ts'
import { mastersOf, openRedis, type RedisConnection } from '../redis.ts'
import { SECOND_MS } from '../units.ts'
import { type JobData, KEEP_NOTHING, type QueueBackend, traced } from './backend.ts'

const { Queue, Worker } = withBackend(createRedisBackend)

const PREFIX = 'token-refresh-worker'
/** What is asked takes milliseconds. A scan that waited for ever would be the last, and keep the daemon from stopping. */
const PRODUCER_TIMEOUT_MS = 5 * SECOND_MS

/** Opens the queues' Redis. A Redis that is away is waited for by the workers and fails producers within seconds. */
export function openRedisBackend(
  url: string,
  { log, complain, telemetry }: { log: Log; complain: Complain; telemetry?: Telemetry | undefined },
): QueueBackend {
  // A producer is somebody who waits, so it gives up soon, also where nobody answers; BullMQ wants of a worker's connection
  // that it never does.
  const producer = openRedis(url, { maxRetriesPerRequest: 1, commandTimeoutMs: PRODUCER_TIMEOUT_MS })
  const consumer = openRedis(url, { maxRetriesPerRequest: null })
  // Each worker blocks on a connection of its own, which only we can find again.
  const connections = [consumer]
  // One type for both, because what a cluster's takes is another; BullMQ knows which it holds.
  const template = consumer as { duplicate(...options: unknown[]): RedisConnection }
  const duplicate = template.duplicate.bind(consumer)
  template.duplicate = (...options) => {
    const connection = duplicate(...options)
    connections.push(connection)
    // BullMQ listens no longer once it closes, and somebody has to.
    connection.on('error', complain)
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
function end(connection: RedisConnection): void {
  const isCluster = connection instanceof Cluster
  // A search for sentinels has no end either, and BullMQ may begin another: from here on, one that finds none is the last.
  if (!isCluster) connection.options.sentinelRetryStrategy = () => null
  // A cluster that has no node left ends as little when it is told to, and BullMQ may have told it so before.
  const isStuck = isCluster ? connection.status !== 'end' : connection.status === 'reconnecting'
  connection.disconnect()
  if (isStuck)
    void connection.connect().then(
      () => connection.disconnect(),
      () => undefined,
    )
}

/** A Redis that evicts keys throws away jobs. They come back through the database, but late. */
async function warnAboutEviction(redis: RedisConnection, log: Log): Promise<void> {
  const infos = await Promise.all(mastersOf(redis).map((master) => master.info('memory')))
  const policies = infos.map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction')
  const policy = policies.find((name) => name !== 'noeviction')
  if (policy === undefined) return
  log.warn({ policy }, 'Redis may evict jobs: set maxmemory-policy to noeviction')
}
