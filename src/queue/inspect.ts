import { Redis } from 'ioredis'
import { mastersOf, openRedis, type RedisConnection } from '../redis.ts'
import { readRedisAddress } from '../redis-address.ts'
import { hasQueueSchema } from './postgres-schema.ts'

export interface QueueServer {
  readonly kind: 'redis' | 'postgresql'
  /** What it is and how it is reached, for people: `Redis 7.2.4 over TLS, a cluster of 3 masters and 1 replica`. */
  readonly description: string
  /** Of Redis: what it throws away when its memory is full. */
  readonly evictionPolicy: string
  /** Of Redis: why it cannot hold queues all the same, and what to do; null: it can. */
  readonly problem: { readonly message: string; readonly todo: string } | null
  /** Of PostgreSQL: whether BullMQ's tables are there. */
  readonly hasSchema: boolean
}

/**
 * Asks the server that holds the queues what it is.
 *
 * @throws when it does not answer
 */
export async function inspectQueue(redisUrl: string | null, databaseUrl: string): Promise<QueueServer> {
  const nothing = { description: '', evictionPolicy: '', problem: null, hasSchema: false }
  if (redisUrl === null) return { ...nothing, kind: 'postgresql', hasSchema: await hasQueueSchema(databaseUrl) }
  const redis = openRedis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 0, reconnects: false })
  // The promise of the connection only says that it is closed; why, the event says, and of a cluster, what its node said.
  let trouble: (Error & { lastNodeError?: Error }) | null = null
  redis.on('error', (error) => {
    trouble = error
  })
  try {
    await redis.connect().catch((error) => {
      throw trouble?.lastNodeError ?? trouble ?? error
    })
    const infos = await Promise.all(mastersOf(redis).map((master) => master.info()))
    return { ...nothing, kind: 'redis', ...describe(infos, redis, redisUrl) }
  } finally {
    redis.disconnect()
  }
}

function describe(infos: readonly string[], redis: RedisConnection, url: string) {
  const members = infos.map((info) => (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? null)
  const [first = () => null] = members
  const policies = members.map((member) => member('maxmemory_policy') ?? 'unknown')
  const valkey = first('valkey_version')
  const program = valkey === null ? `Redis ${first('redis_version') ?? 'unknown'}` : `Valkey ${valkey}`
  const secure = /^rediss/.test(url) ? ' over TLS' : ''
  return {
    description: `${program}${secure}${describeTopology(redis, url)}`,
    evictionPolicy: policies.find((policy) => policy !== 'noeviction') ?? 'noeviction',
    problem: redis instanceof Redis ? findProblem(first) : null,
  }
}

function describeTopology(redis: RedisConnection, url: string): string {
  if (!(redis instanceof Redis)) {
    const count = (role: 'master' | 'slave') => redis.nodes(role).length
    return `, a cluster of ${count('master')} masters and ${count('slave')} replicas`
  }
  const read = readRedisAddress(url)
  return read.kind === 'good' && read.address.kind === 'sentinel' ? `, the sentinels' ${read.address.master}` : ''
}

function findProblem(member: (name: string) => string | null): QueueServer['problem'] {
  if (member('redis_mode') === 'cluster')
    return {
      message: 'is a node of a cluster',
      todo: 'Start REDIS_URL with redis+cluster:// (rediss+cluster:// for TLS).',
    }
  if (member('redis_mode') === 'sentinel')
    return { message: 'is a sentinel', todo: 'Write REDIS_URL as redis+sentinel://host:26379/NAME-OF-THE-MASTER.' }
  if (member('role') === 'slave')
    return { message: 'is a replica, which takes no jobs', todo: 'Point REDIS_URL at the master, or at the sentinels.' }
  return null
}
