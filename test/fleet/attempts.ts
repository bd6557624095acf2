import type { App } from '../../src/app.ts'
import { openSlowStart } from '../../src/refresh/slow-start.ts'
import { type Accounts, endOf } from './accounts.ts'
import { type Answer, judgeAnswer } from './judge-answer.ts'
import type { Lateness } from './lateness.ts'
import { isDuring, type Outage } from './outages.ts'
import type { Tally } from './tally.ts'
import type { Turns } from './turns.ts'

export interface AttemptParts {
  readonly app: App
  readonly accounts: Accounts
  /** In flight at once, whole fleet. */
  readonly slots: number
  readonly outages: readonly Outage[]
  /** From a request to the commit of its answer. */
  readonly latencyMs: number
  readonly turns: Turns
  readonly tally: Tally
  readonly lateness: Lateness
  readonly random: () => number
}

export interface Attempts {
  /**
   * Asks the platform for one account, and writes down what the rules make of the answer.
   *
   * @param cause of whatever goes wrong now: the number of an outage, null without one
   */
  attempt(account: number, atMs: number, cause: number | null): void
  /** Accounts whose last attempt failed. */
  readonly failing: number
  readonly lost: number
}

export function openAttempts(parts: AttemptParts): Attempts {
  const { app, accounts, slots, latencyMs, turns, tally, lateness, random } = parts
  const outages = parts.outages.filter(({ who }) => who === app)
  let [failing, lost, nowMs] = [0, 0, 0]
  // What it knows of good and bad answers; nobody waits in it, since all that it holds back is over within a second or two.
  const gate = openSlowStart(slots, () => turns.restart(nowMs))

  const answerTo = (account: number, atMs: number): Answer => {
    if (outages.some((outage) => isDuring(outage, atMs))) return 'out of order'
    const { idleMs } = accounts.kindOf(account)
    const isDead = idleMs !== null && atMs > (accounts.issuedAtMs[account] ?? 0) + idleMs
    return isDead ? 'dead grant' : 'good'
  }
  const renew = (account: number, atMs: number, cause: number | null) => {
    const { lifetimeMs } = accounts.kindOf(account)
    const endMs = endOf(accounts, account)
    tally.renewed(endMs === null || lifetimeMs === null ? null : (endMs - atMs) / lifetimeMs)
    if (endMs !== null && atMs > endMs) lateness.note(account, cause, atMs - endMs)
    accounts.issuedAtMs[account] = atMs
  }
  const lose = (account: number, atMs: number, cause: number | null) => {
    lateness.note(account, cause, atMs - (endOf(accounts, account) ?? atMs))
    accounts.isLost[account] = 1
    accounts.failures[account] = 0
    failing--
    lost++
  }

  return {
    attempt(account, atMs, cause) {
      const sentMs = turns.take(atMs, accounts.kindOf(account).requests, (turnMs) => tally.sent(turnMs, 1))
      nowMs = sentMs
      const answeredMs = sentMs + latencyMs
      const answer = answerTo(account, sentMs)
      const settlement = judgeAnswer(accounts, account, { answer, atMs: answeredMs, random: random() })
      if (answer === 'good') renew(account, answeredMs, cause)
      if (answer === 'good') gate.widen()
      else if (answer === 'out of order') gate.falter()
      if (answer !== 'good') tally.failed()

      const failed = Math.min(255, settlement.consecutiveFailures)
      failing += Number(failed > 0) - Number((accounts.failures[account] ?? 0) > 0)
      accounts.failures[account] = failed
      accounts.dueAtMs[account] = settlement.dueAt?.getTime() ?? Number.POSITIVE_INFINITY
      if (settlement.status !== null && settlement.status !== 'ACTIVE') lose(account, answeredMs, cause)
    },
    get failing() {
      return failing
    },
    get lost() {
      return lost
    },
  }
}
