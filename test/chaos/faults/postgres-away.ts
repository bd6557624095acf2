import type { World } from '../fault.ts'
import { forAWhile } from './for-a-while.ts'
import { whenAnAnswerPasses } from './when-an-answer-passes.ts'

export async function restart({ postgres }: World, mode: 'fast' | 'immediate'): Promise<void> {
  await postgres.stop(mode)
  await postgres.start()
}

export function down(world: World, ms: number): Promise<void> {
  const { postgres } = world
  return forAWhile(world, ms, { cause: () => postgres.stop('fast'), end: () => postgres.start() })
}

/** Gone for all daemons from the moment in which the answer of a platform is there and nothing of it is saved. */
export function goneBeforeCommit(world: World, ms: number): Promise<void> {
  const { postgres } = world.proxies
  return forAWhile(world, ms, {
    cause: () => whenAnAnswerPasses(world, () => postgres.goAway()),
    end: () => postgres.comeBack(),
  })
}

/** As before, but the server is there and silent. */
export function silentBeforeCommit(world: World, ms: number): Promise<void> {
  const { postgres } = world.proxies
  return forAWhile(world, ms, {
    cause: () => whenAnAnswerPasses(world, () => postgres.fallSilent()),
    end: async () => {
      postgres.resetAll()
      await postgres.comeBack()
    },
  })
}

/** Commits arrive and are made, and nobody hears of it. */
export function confirmationsLost(world: World, ms: number): Promise<void> {
  const { postgres } = world.proxies
  return forAWhile(world, ms, {
    cause: () => whenAnAnswerPasses(world, () => postgres.loseAnswers()),
    end: () => postgres.comeBack(),
  })
}

/** Reads work, commits fail with 25006. */
export function readOnly(world: World, ms: number): Promise<void> {
  const { postgres } = world
  return forAWhile(world, ms, {
    cause: () => postgres.change({ default_transaction_read_only: 'on' }),
    end: () => postgres.change({ default_transaction_read_only: null }),
  })
}
