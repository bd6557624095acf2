import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Outcome, saveOutcome } from '../../src/database/save-outcome.ts'
import type { Lease } from '../../src/database/take-lease.ts'
import { STRATEGIES } from '../../src/platforms/registry.ts'
import type { Strategy } from '../../src/platforms/strategy.ts'
import { readCredential } from '../../src/refresh/stored-credential.ts'
import { connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aVault } from '../fixtures/vault.ts'
import { SECRETS } from './any-answer.ts'
import { type Attempt, aLease, anyAttempt, outcomeOf, readAnswers, subjectOf } from './any-attempt.ts'
import { costlyEffort, effort, PATIENCE_MS } from './effort.ts'

const vault = aVault()

describe.each(STRATEGIES.map((strategy) => [`${strategy.platform} ${strategy.kind ?? ''}`.trim(), strategy] as const))(
  'whatever is answered for %s',
  (_name, strategy) => {
    test(
      'is read without a throw, tells no secret, and leads to what can be stored and opened again',
      () => {
        fc.assert(
          fc.property(anyAttempt, (attempt) => judge(strategy, attempt)),
          effort(150),
        )
      },
      PATIENCE_MS,
    )
  },
)

function judge(strategy: Strategy, attempt: Attempt): void {
  const subject = subjectOf(strategy, attempt)
  const reading = readAnswers(strategy, subject, attempt)
  expect(reading, 'asks more often than it may').not.toBeNull()
  if (reading === null) return
  const lease = aLease(strategy)
  const { settlement, credential } = outcomeOf(strategy, attempt, reading, { vault, lease })

  for (const moment of [settlement.dueAt, settlement.tokenExpiresAt, settlement.reconnectBy]) expectMoment(moment)
  expectMoment(settlement.pauseApp?.until ?? null)
  expect(settlement.code ?? '').toMatch(/^[\x20-\x7e]{0,100}$/)
  const secrets = Object.values(SECRETS).filter((one) => JSON.stringify(subject).includes(one))
  for (const secret of secrets) expect(settlement.code ?? '').not.toContain(secret)
  if (credential === null) return
  expectMoment(credential.refreshTokenExpiresAt ?? null)
  for (const scope of credential.scopes ?? []) expect(scope).toMatch(/^[\x21-\x7e]{1,255}$/)
  const opened = vault.open(credential.sealed, { accountId: lease.accountId, version: lease.version + 1 })
  const next = opened.kind === 'opened' ? readCredential(opened.content) : null
  expect(next).toMatchObject({ kind: strategy.kind })
  // The new credential is as good as the old one: the next request can be made of it.
  if (next === null || !strategy.canRenew(next)) throw new Error('a renewal took away what renews')
  const { url, headers = {} } = strategy.describe({ ...subject, credential: next })
  expect(URL.canParse(url)).toBe(true)
  expect(() => new Headers(headers)).not.toThrow()
}

/** The list writes four digits for a year. */
function expectMoment(moment: Date | null): void {
  if (moment !== null) expect(moment.toISOString()).toMatch(/^\d{4}-/)
}

test(
  'what is read can be written: the statement that saves outcomes takes all of them, and the list reads them',
  async () => {
    await using database = await aDatabase()
    const save = await aSaver(database)

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STRATEGIES), anyAttempt, async (strategy, attempt) => {
        const reading = readAnswers(strategy, subjectOf(strategy, attempt), attempt)
        if (reading === null) return
        const lease = await save.begin(strategy)
        const outcome = outcomeOf(strategy, attempt, reading, { vault, lease })

        expect(await save.end(lease, outcome)).toEqual({ isSaved: true, read: outcome.settlement.tokenExpiresAt })
      }),
      costlyEffort(300),
    )
  },
  PATIENCE_MS,
)

/** One account in whose place every outcome is saved. */
async function aSaver(database: TestDatabase) {
  const [accountId = ''] = await connect(database, vault, ACCOUNT)
  return {
    async begin(strategy: Strategy): Promise<Lease> {
      const leaseId = '00000000-0000-4000-8000-000000000000'
      const [row] = await database.query<{ attempt_id: string; version: number }>(
        `with attempt as (
           insert into refresh_attempts (account_id, platform, trigger, worker) values ($1, $2, 'schedule', 'test')
           returning id
         ), schedule as (
           update refresh_schedule set lease_id = $3, attempt_id = (select id from attempt) where account_id = $1
         )
         select attempt.id as attempt_id, version from attempt, account_credentials where account_id = $1`,
        [accountId, strategy.platform, leaseId],
      )
      return aLease(strategy, { accountId, leaseId, attemptId: row?.attempt_id ?? '', version: row?.version ?? 0 })
    },
    async end(lease: Lease, outcome: Outcome) {
      const isSaved = await saveOutcome(database.db, lease, outcome)
      const [row] = await database.query<{ read: Date | null }>(
        'select token_expires_at as read from social_accounts where id = $1',
        [accountId],
      )
      return { isSaved, read: row?.read }
    },
  }
}

const ACCOUNT = {
  workspaceId: 'ws_1',
  platform: 'X',
  externalId: '1784',
  handle: '@brand',
  scopes: [],
  credential: { accessToken: 'first-access', refreshToken: 'first-refresh' },
}
