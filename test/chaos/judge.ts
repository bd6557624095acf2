import { type Seen, seeAccounts } from './accounts-seen.ts'
import type { Circumstances } from './explain.ts'
import { judgeAccounts } from './invariants/accounts.ts'
import { judgeAttempts } from './invariants/attempts.ts'
import { judgeCredentials } from './invariants/credentials.ts'
import { judgeLoss, type Loss } from './invariants/losses.ts'
import { judgePresentations } from './invariants/presentations.ts'
import { openViolations, type Violation } from './violation.ts'
import type { WholeWorld } from './world.ts'

/** Watches the accounts and judges what happened, by the oracle's history and the database. */
export interface Judge {
  readonly violations: readonly Violation[]
  readonly losses: readonly Loss[]
  /** Reads the accounts and compares them with what they were; null when the database does not answer. */
  look(): Promise<readonly Seen[] | null>
  /** Judges grants that have ended, and connects their accounts anew, as owners would. */
  settleLosses(accounts: readonly Seen[]): Promise<void>
  /** Of everything that can be judged while the daemons work. */
  judge(): Promise<void>
  /** Of the rest: when they have stopped. */
  judgeAtEnd(): Promise<void>
  couldNotStrike(fault: string, error: unknown): void
  notFreshWithin(boundMs: number, fault: string, unfresh: readonly string[]): void
}

/** For the daemon that was told so to write it down. */
const AFTER_DEATH_MS = 5000

export function openJudge(world: WholeWorld, circumstances: Circumstances): Judge {
  const { oracle, daemons } = world
  const violations = openViolations()
  const losses: Loss[] = []
  const accounts = judgeAccounts(oracle, violations)
  const see = () => seeAccounts(world)

  const judge = async () => {
    judgePresentations(oracle, circumstances, violations)
    await judgeCredentials(world, see, violations)
    for (const { daemon, at, code, said } of daemons.crashes) {
      violations.add('process', null, `${daemon} ended with ${code} at ${at.toISOString()}: ${said}`)
    }
  }
  return {
    violations: violations.all,
    losses,
    async look() {
      const seen = await see().catch(() => null)
      if (seen !== null) accounts.look(seen)
      return seen
    },
    async settleLosses(seen) {
      const dead = seen.filter(({ account, attempt_started_at }) => {
        const saidDeadAt = oracle.saidDeadAt(account)
        return saidDeadAt !== null && attempt_started_at === null && Date.now() - saidDeadAt.getTime() > AFTER_DEATH_MS
      })
      if (dead.length === 0) return
      for (const { account } of dead) {
        const loss = judgeLoss(oracle, account, circumstances, violations)
        if (loss !== null) losses.push(loss)
      }
      await world.reconnect(dead.map(({ account }) => account))
    },
    judge,
    async judgeAtEnd() {
      await judge()
      await judgeAttempts(world, circumstances, violations)
    },
    couldNotStrike: (fault, error) => violations.add('harness', null, `"${fault}" could not strike: ${error}`),
    notFreshWithin(boundMs, fault, unfresh) {
      const some = unfresh.slice(0, 10).join('; ')
      const what = `after "${fault}" not all is fresh within ${Math.round(boundMs / 1000)} s (${unfresh.length}): ${some}`
      violations.add('I4', null, what)
    },
  }
}
