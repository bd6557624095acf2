import type { Backend, Fault, World } from '../fault.ts'
import { whenAnAnswerPasses } from './when-an-answer-passes.ts'

/** Long enough that new tokens are in the escrow, and longer than an explained loss (`explain.ts`). */
const UNTIL_KEPT_MS = 5000

/** New tokens that the database does not take, in processes that then die: only the escrow still has them. */
export const escrowFaults: readonly Fault[] = [
  {
    name: 'escrow: all killed while the database is gone since the answer',
    backends: ['redis', 'postgresql'],
    isShort: false,
    strike: (world) => killWithoutDatabase(world, () => world.proxies.postgres.goAway()),
  },
  {
    name: 'escrow: all killed while the database and Redis are gone since the answer',
    backends: ['redis'] satisfies Backend[],
    isShort: false,
    strike: (world) =>
      killWithoutDatabase(world, () => {
        world.proxies.postgres.goAway()
        world.proxies.redis?.goAway()
      }),
  },
]

async function killWithoutDatabase(world: World, goAway: () => void): Promise<void> {
  const { proxies, daemons } = world
  let restarts: Promise<unknown> = Promise.resolve()
  try {
    await whenAnAnswerPasses(world, goAway)
    await world.wait(UNTIL_KEPT_MS)
    restarts = Promise.all(daemons.names.map((name) => daemons.kill(name)))
  } finally {
    await proxies.redis?.comeBack()
    await proxies.postgres.comeBack()
    // Those that were started without their database have ended again, and are started once more.
    await restarts
  }
}
