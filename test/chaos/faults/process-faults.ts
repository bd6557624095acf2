import type { Presentation } from '../../fixtures/oracle/history.ts'
import type { Backend, Fault, World } from '../fault.ts'
import { oneOf } from '../random.ts'

const backends: readonly Backend[] = ['redis', 'postgresql']

/** What happens to daemons. */
export const processFaults: readonly Fault[] = [
  { name: 'processes: kill -9 of one', backends, isShort: true, strike: killOne },
  { name: 'processes: kill -9 of one after the other, 12 times', backends, isShort: false, strike: killMany },
  { name: 'processes: kill -9 the moment that an answer arrives', backends, isShort: true, strike: killAtAnswer },
  { name: 'processes: kill -9 within 20 ms of an answer, 6 times', backends, isShort: false, strike: killAfterAnswers },
  { name: 'processes: kill -9 of all', backends, isShort: false, strike: killAll },
  { name: 'processes: SIGTERM under load', backends, isShort: true, strike: stopOne },
  { name: 'processes: SIGTERM to one after the other', backends, isShort: false, strike: stopEach },
  { name: 'processes: frozen for 3 s', backends, isShort: true, strike: (world) => freezeOne(world, 3000) },
  { name: 'processes: frozen for 20 s', backends, isShort: false, strike: (world) => freezeOne(world, 20_000) },
  {
    name: 'processes: frozen beyond the lease',
    backends,
    isShort: false,
    strike: (world) => freezeOne(world, 100_000),
  },
  { name: 'processes: event loop blocked for 3 s', backends, isShort: true, strike: (world) => stallOne(world, 3000) },
  {
    name: 'processes: event loop blocked for 35 s',
    backends,
    isShort: false,
    strike: (world) => stallOne(world, 35_000),
  },
]

const anyDaemon = ({ daemons, random }: World) => oneOf(daemons.names, random)

async function killOne(world: World): Promise<void> {
  await world.daemons.kill(anyDaemon(world))
}

async function killMany(world: World): Promise<void> {
  const restarts: Promise<void>[] = []
  for (let kill = 0; kill < 12; kill++) {
    restarts.push(world.daemons.kill(anyDaemon(world)))
    await world.wait(1000 + 4000 * world.random())
  }
  await Promise.all(restarts)
}

async function killAll({ daemons }: World): Promise<void> {
  await Promise.all(daemons.names.map((name) => daemons.kill(name)))
}

async function killAtAnswer(world: World): Promise<void> {
  await world.daemons.kill(await nextAnswered(world))
}

/** From the same turn of the loop in which the last byte was handed over to long after the commit. */
async function killAfterAnswers(world: World): Promise<void> {
  for (const afterMs of [0, 0, 1, 2, 5, 20]) {
    const name = await nextAnswered(world)
    if (afterMs > 0) await world.wait(afterMs)
    await world.daemons.kill(name)
  }
}

/** A platform that nobody asks must not hold up the run. */
const PATIENCE_MS = 60_000

/** The daemon that is about to get the answer to a token that it has spent. */
function nextAnswered({ oracle }: World): Promise<string> {
  return new Promise((resolve, reject) => {
    const patience = AbortSignal.timeout(PATIENCE_MS)
    patience.addEventListener('abort', () => reject(new Error('no token was spent for a long time')))
    const stop = oracle.onEnd(({ by, verdict, isHandedOver }: Presentation) => {
      if (by === null || verdict !== 'rotated' || !isHandedOver) return
      stop()
      resolve(by)
    })
  })
}

async function stopOne(world: World): Promise<void> {
  await world.daemons.stop(anyDaemon(world))
}

async function stopEach({ daemons }: World): Promise<void> {
  for (const name of daemons.names) await daemons.stop(name)
}

const freezeOne = (world: World, ms: number) => world.daemons.freeze(anyDaemon(world), ms)

const stallOne = (world: World, ms: number) => world.daemons.stall(anyDaemon(world), ms)
