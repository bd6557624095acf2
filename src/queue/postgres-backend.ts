import { createPostgresBackend, type PgPool, type Telemetry, withBackend } from 'bullmq'
import { Pool } from 'pg'
import type { Complain } from '../complaint.ts'
import { surviveLostConnections } from '../database/connect.ts'
import { SECOND_MS } from '../units.ts'
import { type JobData, KEEP_NOTHING, type QueueBackend, traced } from './backend.ts'
import { SESSION } from './own-sessions.ts'

const { Queue, Worker } = withBackend(createPostgresBackend)

/** Connections for everything but listening. */
const SHARED_CONNECTIONS = 8
/** What is asked takes milliseconds. A scan that waited for ever for a silent server would be the last. */
const TIMEOUT_MS = 10 * SECOND_MS

/**
 * Opens the queues' schema in PostgreSQL.
 *
 * BullMQ gets a pool of ours, because it cannot load `pg` by itself from an ES module. It then looks for its tables on
 * the search path, and every worker keeps one connection of the pool for LISTEN as long as it lives.
 */
export function openPostgresBackend(
  url: string,
  options: { workers: number; complain: Complain; telemetry?: Telemetry | undefined },
): QueueBackend {
  const pool = new Pool({
    connectionString: url,
    application_name: 'token-refresh-worker queue',
    options: SESSION,
    max: options.workers + SHARED_CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    // A listening connection says nothing for hours: only this tells a quiet one from a dead one.
    keepAlive: true,
    keepAliveInitialDelayMillis: TIMEOUT_MS,
  })
  surviveLostConnections(pool)
  pool.on('error', (error) => options.complain(error))
  // Each queue and worker adds a listener of its own to the pool they share.
  pool.setMaxListeners(0)

  // BullMQ's own type of a pool is narrower than what it documents to take.
  const connection = pool as unknown as PgPool
  const tracing = traced(options.telemetry)
  return {
    kind: 'postgresql',
    openQueue: (name) => new Queue<JobData, void>(name, { connection, defaultJobOptions: KEEP_NOTHING, ...tracing }),
    openWorker: (name, process, worker) =>
      new Worker<JobData, void>(name, process, { ...worker, connection, ...tracing }),
    // No statement waits for ever, and a pool lets go of a server that is away by itself.
    giveUp: () => undefined,
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
