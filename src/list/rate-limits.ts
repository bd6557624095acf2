import { setTimeout as wait } from 'node:timers/promises'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Complain } from '../complaint.ts'
import type { ListConfig } from '../list-config.ts'
import { openRedis, type RedisConnection } from '../redis.ts'
import { SECOND_MS } from '../units.ts'

/** Counts requests. What is returned is how long to wait, in milliseconds; null: the request is within the limits. */
export interface RateLimits extends AsyncDisposable {
  /** Counts a request of a key. Exact across replicas while Redis is there, else per process. */
  countKey(id: string): Promise<number | null>
  /** Counts a request without a good key, by its address and per process: a flood is to cost us as little as possible. */
  countStranger(address: string): Promise<number | null>
  /** Whether an address has used up what strangers may do, without counting. */
  findStrangerWaitMs(address: string): Promise<number | null>
}

type Limiter = Pick<RateLimiterMemory, 'consume'>

const BURST_S = 60
const SUSTAINED_S = 15 * 60
const PREFIX = 'token-refresh-worker:list'
/** A Redis that is slower than this is one that is away. */
const REDIS_TIMEOUT_MS = SECOND_MS
/** To connect and to be ready. */
const PATIENCE_MS = 2 * REDIS_TIMEOUT_MS

/** Opens the limits; without Redis, or while it is away, each process counts by itself, and no request fails. */
export async function openRateLimits(
  config: ListConfig,
  { redisUrl, complain }: { redisUrl: string | null; complain: Complain },
): Promise<RateLimits> {
  const redis = redisUrl === null ? null : await connect(redisUrl, complain)
  const burst = makeLimiter(redis, { name: 'burst', points: config.burstLimit, duration: BURST_S })
  const sustained = makeLimiter(redis, { name: 'sustained', points: config.sustainedLimit, duration: SUSTAINED_S })
  const strangers = new RateLimiterMemory({ points: config.addressLimit, duration: BURST_S })
  return {
    // One after the other: a request that the first refuses does not count in the second.
    countKey: async (id) => (await consume(burst, id)) ?? (await consume(sustained, id)),
    countStranger: (address) => consume(strangers, networkOf(address)),
    async findStrangerWaitMs(address) {
      const used = await strangers.get(networkOf(address))
      return used !== null && used.consumedPoints > config.addressLimit ? used.msBeforeNext : null
    },
    async [Symbol.asyncDispose]() {
      redis?.disconnect()
    },
  }
}

async function connect(url: string, complain: Complain): Promise<RedisConnection> {
  const redis = openRedis(url, {
    lazyConnect: true,
    connectTimeoutMs: REDIS_TIMEOUT_MS,
    commandTimeoutMs: REDIS_TIMEOUT_MS,
    // A request does not wait for a Redis that is away: it is counted here.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  })
  redis.on('error', complain)
  // It goes on trying in the background; waited for, so that the first requests are counted where all are. Not for one that
  // has fallen silent: a connection that is open and says nothing has no end by itself.
  await Promise.race([redis.connect().catch(complain), wait(PATIENCE_MS, undefined, { ref: false })])
  return redis
}

function makeLimiter(
  redis: RedisConnection | null,
  { name, points, duration }: { name: string; points: number; duration: number },
): Limiter {
  const here = new RateLimiterMemory({ points, duration, keyPrefix: name })
  if (redis === null) return here
  return new RateLimiterRedis({
    storeClient: redis,
    points,
    duration,
    keyPrefix: `${PREFIX}:${name}`,
    rejectIfRedisNotReady: true,
    insuranceLimiter: here,
    // A key that is over its limit is refused here until its window ends: hammering does not reach Redis.
    inMemoryBlockOnConsumed: points + 1,
  })
}

async function consume(limiter: Limiter, id: string): Promise<number | null> {
  try {
    await limiter.consume(id)
    return null
  } catch (refused) {
    if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext)
    throw refused
  }
}

/** Who owns an address: of IPv6, a customer gets a whole /64. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()
}
