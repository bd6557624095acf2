import type { Fault } from './fault.ts'
import { findUnfresh } from './freshness.ts'
import { hasten } from './hasten.ts'
import { type Judge, openJudge } from './judge.ts'
import type { Strike } from './strike.ts'
import type { WholeWorld } from './world.ts'

export interface RunOptions {
  /** The next fault; null: it is enough. */
  readonly nextFault: (violations: number) => Fault | null
  /** How long after a fault of such a length every account has to be fresh again. */
  readonly boundMs: (faultMs: number) => number
  /** Moves the time for what is dead, so that nothing is waited for. */
  readonly isHastened: boolean
  readonly say: (line: string) => void
}

export interface Run {
  readonly strikes: readonly Strike[]
  readonly judge: Judge
  /** How long it took until everything was fresh after the start. */
  readonly startedUpMs: number | null
}

const LOOK_EVERY_MS = 500
/** Whoever watches a long run wants to know what it waits for. */
const SAY_EVERY_MS = 30_000

/**
 * Lets one fault after another strike; after each it waits until every account is fresh again, and judges. At the end the
 * daemons are stopped, and what they left is judged.
 */
export async function runFaults(world: WholeWorld, options: RunOptions): Promise<Run> {
  const { nextFault, say } = options
  const strikes: Strike[] = []
  const judge = openJudge(world, { interruptions: world.daemons.interruptions, strikes })
  const recover = (strike: Strike) => recovered(world, judge, strike, options)

  const start: Strike = {
    fault: 'the start',
    cutsAnswers: false,
    at: new Date(),
    endedAt: new Date(),
    recoveredMs: null,
  }
  await recover(start)
  const next = () => nextFault(judge.violations.length)
  for (let fault = next(); fault !== null; fault = next()) {
    const strike = begin(fault)
    strikes.push(strike)
    say(`${fault.name} …`)
    {
      await using _watch = watching(judge)
      await fault.strike(world).catch((error) => judge.couldNotStrike(strike.fault, error))
    }
    strike.endedAt = new Date()
    const known = judge.violations.length
    await recover(strike)
    await judge.judge()
    for (const { invariant, what } of judge.violations.slice(known)) say(`VIOLATION ${invariant}: ${what}`)
    say(`${fault.name}: ${describe(strike)}; ${judge.violations.length} violations, ${judge.losses.length} losses`)
  }
  await world.daemons.stopForGood()
  await judge.judgeAtEnd()
  return { strikes, judge, startedUpMs: start.recoveredMs }
}

function begin({ name, cutsAnswers = false }: Fault): Strike {
  return { fault: name, cutsAnswers, at: new Date(), endedAt: null, recoveredMs: null }
}

/** Looks at the accounts while a fault strikes. */
function watching(judge: Judge): AsyncDisposable {
  let isOver = false
  const watch = async () => {
    while (!isOver) {
      await judge.look()
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }
  const watched = watch()
  return {
    async [Symbol.asyncDispose]() {
      isOver = true
      await watched
    },
  }
}

async function recovered(world: WholeWorld, judge: Judge, strike: Strike, options: RunOptions): Promise<void> {
  const endedAt = strike.endedAt ?? new Date()
  const boundMs = options.boundMs(endedAt.getTime() - strike.at.getTime())
  let saidMs = 0
  for (let unfresh: string[] = ['nothing was seen']; ; await world.wait(LOOK_EVERY_MS)) {
    if (options.isHastened) await hasten(world).catch(options.say)
    const seen = await judge.look()
    if (seen !== null) {
      await judge.settleLosses(seen)
      unfresh = await findUnfresh(world, seen, endedAt).catch((error) => [String(error)])
    }
    const tookMs = Date.now() - endedAt.getTime()
    if (unfresh.length === 0) {
      strike.recoveredMs = tookMs
      return
    }
    if (tookMs - saidMs > SAY_EVERY_MS) {
      saidMs = tookMs
      options.say(
        `  after ${Math.round(tookMs / 1000)} s ${unfresh.length} are not fresh: ${unfresh.slice(0, 3).join('; ')}`,
      )
    }
    if (tookMs > boundMs) return judge.notFreshWithin(boundMs, strike.fault, unfresh)
  }
}

function describe({ at, endedAt, recoveredMs }: Strike): string {
  const lasted = ((endedAt?.getTime() ?? Date.now()) - at.getTime()) / 1000
  const recovery = recoveredMs === null ? 'not fresh again' : `fresh again after ${(recoveredMs / 1000).toFixed(1)} s`
  return `lasted ${lasted.toFixed(1)} s, ${recovery}`
}
