import fc from 'fast-check'
import type { Platform } from '../../src/account.ts'
import { aCommand, type Command, commandsOf } from './commands.ts'
import { heal } from './heal.ts'
import type { HeldTime } from './held-time.ts'
import type { Regression } from './regressions.ts'
import { aWorld, type Tally } from './world.ts'

/** What a run begins with: few accounts, so that what happens happens to the same ones. */
const FLEETS: readonly (readonly Platform[])[] = [
  ['X'],
  ['BLUESKY'],
  ['X', 'YOUTUBE'],
  ['X', 'BLUESKY', 'YOUTUBE'],
  ['X', 'X', 'X', 'X', 'X', 'X'],
]

const RUNS_AT_ONCE = 20

export interface Exploration {
  readonly steps: number
  readonly seed: number
  /** False: the first sequence that fails will do. */
  readonly shrinks?: boolean
}

/**
 * Lets so many random steps happen, in runs that each end well: everything heals.
 *
 * @returns how often what has happened
 * @throws with the shortest sequence that breaks an invariant
 */
export async function explore(time: HeldTime, { steps, seed, shrinks = true }: Exploration): Promise<Tally> {
  const tally: Tally = new Map()
  const property = fc.asyncProperty(
    fc.constantFrom(...FLEETS),
    fc.commands([aCommand], { maxCommands: 300, size: 'max' }),
    async (fleet, commands) => {
      const world = await aWorld({ time, fleet, tally })
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands)
      await heal(world)
    },
  )
  for (let batch = 0; (tally.get('steps') ?? 0) < steps; batch++) {
    const found = await fc.check(property, { seed: seed + batch, numRuns: RUNS_AT_ONCE, endOnFailure: !shrinks })
    if (found.failed) throw new Error(explain(found))
  }
  return tally
}

/** Lets a written sequence happen, as far as it can, and heals. */
export async function replay(
  time: HeldTime,
  { fleet, sequence }: Pick<Regression, 'fleet' | 'sequence'>,
): Promise<void> {
  const world = await aWorld({ time, fleet, tally: new Map() })
  for (const command of commandsOf(sequence)) if (command.check(world)) await command.run(world, world)
  await heal(world)
}

type Found = fc.RunDetails<[readonly Platform[], Iterable<Command>]>

function explain({ seed, counterexample, errorInstance }: Found): string {
  const [fleet = [], commands = []] = counterexample ?? []
  const names = fleet.map((platform) => `'${platform}'`).join(', ')
  return `${errorInstance}
Seed ${seed}. When it is mended, keep it in test/model/regressions.ts:
  {
    was: '…',
    fleet: [${names}],
    sequence: '${String(commands).replace(/ ?\/\*.*$/, '')}',
  },`
}
