import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis } from 'ioredis'
import { ConfigError } from './config.ts'
import { type RedisAddress, readRedisAddress, type TlsFiles } from './redis-address.ts'

/** A connection to one server, to a sentinel's master or to a cluster; commands are the same. */
export type RedisConnection = Redis | Cluster

export interface RedisOptions {
  /** How often a command is sent again when its connection breaks; null: until it is answered. */
  readonly maxRetriesPerRequest: number | null
  /** False: tries once, and tells why it failed. */
  readonly reconnects?: boolean
  /** Connects when it is told to. */
  readonly lazyConnect?: boolean
  /** False: a command fails at once while there is no connection. */
  readonly enableOfflineQueue?: boolean
  readonly connectTimeoutMs?: number
  readonly commandTimeoutMs?: number
}

/** Always the same, because the error says it, and the same error is told once. */
const SENTINEL_RETRY_MS = 500
/** A cluster elects a new master within a second or two; a command waits for it, as for any other. */
const MOST_WAIT_MS = 2000
const DEFAULT_REDIRECTIONS = 16
const WORKER_REDIRECTIONS = 600

/**
 * Opens Redis: the only place that knows what a `REDIS_URL` may be.
 *
 * Errors of the connection are events; without a listener they are lost.
 *
 * @throws {ConfigError} for an address, or a file that it names, which cannot be used
 */
export function openRedis(url: string, options: RedisOptions): RedisConnection {
  const read = readRedisAddress(url)
  if (read.kind === 'bad') throw new ConfigError([`REDIS_URL: ${read.problem}`])
  const { address } = read
  const tls = address.tls === null ? {} : { tls: readFiles(address.tls) }
  switch (address.kind) {
    case 'server':
      return new Redis(address.url, { ...ofConnection(options), ...ofServer(options), ...tls })
    case 'sentinel':
      return openMaster(address, options, tls)
    case 'cluster':
      return openCluster(address, options, tls)
    default:
      return address.kind satisfies never
  }
}

const ofConnection = (options: RedisOptions) => ({
  maxRetriesPerRequest: options.maxRetriesPerRequest,
  ...(options.connectTimeoutMs === undefined ? {} : { connectTimeout: options.connectTimeoutMs }),
  ...(options.commandTimeoutMs === undefined ? {} : { commandTimeout: options.commandTimeoutMs }),
  // A master that became a replica keeps its connections and refuses writes: find the new one, and send again there.
  reconnectOnError: (error: Error) => (error.message.includes('READONLY') ? (2 as const) : false),
})

const ofServer = ({ lazyConnect = false, enableOfflineQueue = true, reconnects = true }: RedisOptions) => ({
  lazyConnect,
  enableOfflineQueue,
  ...(reconnects ? {} : { retryStrategy: () => null }),
})

const login = ({ username, password }: RedisAddress) => ({
  ...(username === null ? {} : { username }),
  ...(password === null ? {} : { password }),
})

function openMaster(address: RedisAddress, options: RedisOptions, { tls }: { tls?: ConnectionOptions }): Redis {
  const { hosts, master, database, sentinelUsername, sentinelPassword } = address
  const redis = new Redis({
    ...ofConnection(options),
    ...ofServer(options),
    ...login(address),
    sentinels: [...hosts],
    name: master,
    db: database,
    ...(sentinelUsername === null ? {} : { sentinelUsername }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { tls, enableTLSForSentinelMode: true, sentinelTLS: tls }),
    sentinelRetryStrategy: () => {
      if (options.maxRetriesPerRequest !== null) refuseWhatWaits(redis)
      return options.reconnects === false ? null : SENTINEL_RETRY_MS
    },
  })
  return redis
}

function openCluster(address: RedisAddress, options: RedisOptions, tls: { tls?: ConnectionOptions }): Cluster {
  const { lazyConnect = false, enableOfflineQueue = true, reconnects = true } = options
  const cluster = new Cluster([...address.hosts], {
    lazyConnect,
    enableOfflineQueue,
    clusterRetryStrategy: (times) => {
      if (options.maxRetriesPerRequest !== null) refuseWhatWaits(cluster)
      return reconnects ? Math.min(100 * times, MOST_WAIT_MS) : null
    },
    slotsRefreshTimeout: MOST_WAIT_MS,
    // Each takes 100 ms. An election takes longer than the default, and a worker that notes a result is to see it through.
    maxRedirections: options.maxRetriesPerRequest === null ? WORKER_REDIRECTIONS : DEFAULT_REDIRECTIONS,
    // A name of a certificate is checked against the name that was asked for, and not against what it resolves to.
    ...(address.tls === null ? {} : { dnsLookup: (host, found) => found(null, host) }),
    redisOptions: { ...ofConnection(options), ...login(address), ...tls },
  })
  return cluster
}

/** The servers that hold keys. */
export const mastersOf = (redis: RedisConnection): Redis[] => (redis instanceof Redis ? [redis] : redis.nodes('master'))

/** Of its own, ioredis lets commands wait for ever for sentinels or nodes that are all away, whatever the number of retries. */
function refuseWhatWaits(redis: RedisConnection): void {
  const { flushQueue } = redis as unknown as { flushQueue(error: Error): void }
  flushQueue.call(redis, new Error('No node of the cluster and no sentinel answers.'))
}

function readFiles({ ca, cert, key }: TlsFiles): ConnectionOptions {
  return {
    ...(ca === null ? {} : { ca: readFile('sslrootcert', ca) }),
    ...(cert === null ? {} : { cert: readFile('sslcert', cert) }),
    ...(key === null ? {} : { key: readFile('sslkey', key) }),
  }
}

function readFile(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError([`REDIS_URL: the file of ${name} cannot be read (${code}): ${path}`])
  }
}
