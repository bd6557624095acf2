import { describe, expect, test } from 'vitest'
import { aPresentation, at } from '../../fixtures/oracle/a-presentation.ts'
import type { Overlap, Presentation } from '../../fixtures/oracle/history.ts'
import type { Oracle } from '../../fixtures/oracle.ts'
import { aVault } from '../../fixtures/vault.ts'
import type { Seen } from '../accounts-seen.ts'
import type { Circumstances } from '../explain.ts'
import { openViolations } from '../violation.ts'
import type { WholeWorld } from '../world.ts'
import { judgeAccounts } from './accounts.ts'
import { judgeAttempts } from './attempts.ts'
import { findStale } from './credentials.ts'
import { judgeLoss } from './losses.ts'
import { judgePresentations } from './presentations.ts'

const nothingHappened: Circumstances = { interruptions: [], strikes: [] }
const killedAfter = (ms: number): Circumstances => ({
  ...nothingHappened,
  interruptions: [{ daemon: 'daemon-1', kind: 'killed', at: at(10_100 + ms), until: null }],
})

const rotated = aPresentation()
const replayed = aPresentation({
  verdict: 'dead',
  by: 'daemon-2',
  at: at(110_000),
  endedAt: at(110_100),
  successor: null,
})

const oracleOf = (presentations: readonly Presentation[], overlaps: readonly Overlap[] = []) =>
  ({
    ...{ presentations, overlaps, saidDeadAt: () => null },
    issued: [{ token: 'first', platform: 'X', account: 'x-1', connection: 1, at: at(0) }],
  }) as Partial<Oracle> as Oracle

describe('I1', () => {
  const judged = (presentations: readonly Presentation[], circumstances = nothingHappened) => {
    const violations = openViolations()
    judgePresentations(oracleOf(presentations), circumstances, violations)
    return violations.all.map(({ invariant }) => invariant)
  }

  test('finds a spent token that is presented again', () => {
    expect(judged([rotated, replayed])).toEqual(['I1'])
    expect(judged([rotated, replayed], killedAfter(1))).toEqual([])
  })

  test('lets what was refused unseen be presented again, and a successor within the grace', () => {
    expect(judged([aPresentation({ verdict: 'untouched', status: 503 }), rotated])).toEqual([])
    expect(judged([rotated, aPresentation({ verdict: 'repeated' })])).toEqual([])
    expect(judged([aPresentation({ verdict: 'renewed' }), aPresentation({ verdict: 'renewed' })])).toEqual([])
  })

  test('finds a token that was never issued', () => {
    expect(judged([aPresentation({ verdict: 'unknown', account: null })])).toEqual(['I1'])
  })
})

test('I2 finds a credential that is not what the platform holds', () => {
  const vault = aVault()
  const holding = (refreshToken: string) => ({
    ...{ id: 'soc_1', account: 'x-1', version: 3 },
    sealed: vault.seal({ refreshToken }, { accountId: 'soc_1', version: 3 }),
  })
  const oracle = { current: () => 'second' } as Partial<Oracle> as Oracle
  const stale = (refreshToken: string) =>
    findStale({ oracle, vault }, [holding(refreshToken)] as readonly Partial<Seen>[] as readonly Seen[])

  expect(stale('second')).toEqual([])
  expect(stale('first')).toMatchObject([{ account: 'x-1' }])
})

test('I2 allows the loss of a grant only when the answer reached nobody alive', () => {
  const violations = openViolations()
  const oracle = oracleOf([rotated, replayed])

  expect(judgeLoss(oracle, 'x-1', killedAfter(1), violations)).toMatchObject({
    explanation: { kind: 'killed_after_answer', afterAnswerMs: 1 },
  })
  expect(violations.all).toEqual([])
  expect(judgeLoss(oracle, 'x-1', killedAfter(5000), violations)).toBeNull()
  expect(violations.all).toMatchObject([{ invariant: 'I2', account: 'x-1' }])
})

test('I3 and I5 find what goes back, and an account that ended without the word of the platform', () => {
  const violations = openViolations()
  const judge = judgeAccounts(oracleOf([]), violations)
  const seen = (version: number, issuedAtMs: number, status = 'ACTIVE') =>
    [{ account: 'x-1', version, issued_at: at(issuedAtMs), status }] as readonly Partial<Seen>[] as readonly Seen[]

  judge.look(seen(1, 1000))
  judge.look(seen(2, 2000))
  expect(violations.all).toEqual([])
  judge.look(seen(1, 2000))
  judge.look(seen(2, 1000))
  judge.look(seen(2, 1000, 'TOKEN_EXPIRED'))
  expect(violations.all.map(({ invariant }) => invariant)).toEqual(['I3', 'I3', 'I5'])
})

test('I6 finds two exchanges of one account at once', () => {
  const violations = openViolations()
  const overlap = { account: 'x-1', first: rotated, second: replayed }

  judgePresentations(oracleOf([], [overlap]), nothingHappened, violations)

  expect(violations.all).toMatchObject([{ invariant: 'I6', account: 'x-1' }])
})

describe('I10', () => {
  const judged = async (counts: { attempts: number; answered: number }, circumstances = nothingHappened) => {
    const violations = openViolations()
    const query = async () => [{ account: 'x-1', ...counts }]
    const world = { oracle: oracleOf([rotated, replayed]), query } as Partial<WholeWorld> as WholeWorld
    await judgeAttempts(world, circumstances, violations)
    return violations.all.map(({ what }) => what.split(':')[0])
  }

  test('finds requests without an attempt, answers that nobody gave, and answers that nobody wrote down', async () => {
    expect(await judged({ attempts: 2, answered: 2 })).toEqual([])
    expect(await judged({ attempts: 1, answered: 2 })).toEqual(['a request without an attempt'])
    expect(await judged({ attempts: 3, answered: 3 })).toEqual(['an answer that was not given'])
    expect(await judged({ attempts: 2, answered: 1 })).toEqual(['an answer is missing'])
    expect(await judged({ attempts: 2, answered: 1 }, killedAfter(1))).toEqual([])
  })
})
