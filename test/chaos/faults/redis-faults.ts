import type { Fault, World } from '../fault.ts'
import type { RedisServer } from '../servers/redis-server.ts'
import { forAWhile } from './for-a-while.ts'
import { blackhole, slowAnswers } from './proxy-faults.ts'
import { loseScanEntry, plantStrayJobs, takeJobsAway } from './queue-damage.ts'

const backends = ['redis'] as const

/** What happens to the Redis that the queue is in. */
export const redisFaults: readonly Fault[] = [
  { name: 'redis: FLUSHALL', backends, isShort: true, strike: (world) => redisOf(world).flushAll() },
  { name: 'redis: restart empty', backends, isShort: true, strike: (world) => restartEmpty(redisOf(world)) },
  { name: 'redis: crash and restart', backends, isShort: true, strike: (world) => crash(redisOf(world)) },
  down(3),
  down(12),
  down(60),
  { name: 'redis: clients killed', backends, isShort: true, strike: killClients },
  outOfMemory(4),
  outOfMemory(20),
  frozen(4),
  frozen(20),
  blackholeFor(3),
  blackholeFor(20),
  latency(4),
  latency(30),
  { name: 'redis: scheduler entry deleted', backends, isShort: true, strike: loseScanEntry },
  { name: 'redis: stray jobs planted', backends, isShort: true, strike: plantStrayJobs },
  { name: 'redis: jobs stuck in active', backends, isShort: true, strike: takeJobsAway },
]

function redisOf({ redis }: World): RedisServer {
  if (redis === null) throw new Error('this fault is for worlds with a Redis')
  return redis
}

function redisProxyOf({ proxies }: World) {
  if (proxies.redis === null) throw new Error('this fault is for worlds with a Redis')
  return proxies.redis
}

async function restartEmpty(redis: RedisServer): Promise<void> {
  await redis.kill()
  await redis.start({ empty: true })
}

async function crash(redis: RedisServer): Promise<void> {
  await redis.kill()
  await redis.start()
}

function down(seconds: number): Fault {
  return {
    name: `redis: down for ${seconds} s`,
    backends,
    isShort: seconds <= 5,
    strike: (world) =>
      forAWhile(world, seconds * 1000, { cause: () => redisOf(world).stop(), end: () => redisOf(world).start() }),
  }
}

/** Several times, so that those who come back are thrown out again. */
async function killClients(world: World): Promise<void> {
  for (let times = 0; times < 3; times++) {
    await redisOf(world).killClients()
    await world.wait(world.random() * 1000)
  }
}

function outOfMemory(seconds: number): Fault {
  return {
    name: `redis: out of memory for ${seconds} s`,
    backends,
    isShort: seconds <= 5,
    strike: (world) =>
      forAWhile(world, seconds * 1000, {
        cause: () => redisOf(world).limitMemory(1),
        end: () => redisOf(world).limitMemory(null),
      }),
  }
}

function frozen(seconds: number): Fault {
  return {
    name: `redis: frozen for ${seconds} s`,
    backends,
    isShort: seconds <= 5,
    strike: (world) =>
      forAWhile(world, seconds * 1000, { cause: () => redisOf(world).freeze(), end: () => redisOf(world).thaw() }),
  }
}

function blackholeFor(seconds: number): Fault {
  return {
    name: `redis: blackhole for ${seconds} s`,
    backends,
    isShort: seconds <= 5,
    strike: (world) => blackhole(world, redisProxyOf(world), seconds * 1000),
  }
}

function latency(seconds: number): Fault {
  return {
    name: `redis: 500 ms of latency for ${seconds} s`,
    backends,
    isShort: seconds <= 5,
    strike: (world) => slowAnswers(world, redisProxyOf(world), { delayMs: 500, forMs: seconds * 1000 }),
  }
}
