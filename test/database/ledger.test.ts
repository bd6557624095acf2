import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/connect.ts'
import { openLedger } from '../../src/database/ledger.ts'
import { type Outcome, saveOutcome } from '../../src/database/save-outcome.ts'
import type { Lease, LeaseRequest } from '../../src/database/take-lease.ts'
import { saveAnyway } from '../../src/escrow/save-anyway.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { silentLog } from '../fixtures/log.ts'
import { aVault } from '../fixtures/vault.ts'

const requestOf = (accountId: string): LeaseRequest => ({
  ...{ accountId, trigger: 'operator', isOfMany: false, leaseMs: 90_000, worker: 'test' },
  requestedAt: new Date(Date.now() + 60_000),
})

const dueAt = new Date(Date.now() + 3_600_000)
const renewed = (fingerprint: string | null): Outcome => ({
  settlement: {
    ...{ outcome: 'renewed', status: 'ACTIVE', dueAt, renewable: true, inDoubt: false, consecutiveFailures: 0 },
    ...{ error: null, code: null, tokenExpiresAt: dueAt, reconnectBy: null, lostRotation: false, pauseApp: null },
  },
  httpStatus: 200,
  credential: {
    sealed: 'new',
    issuedAt: new Date(),
    refreshTokenExpiresAt: undefined,
    fingerprint,
    scopes: ['a', 'b c"'],
  },
})

const connectMany = (database: TestDatabase, count: number) =>
  connect(database, aVault(), ...Array.from({ length: count }, () => aDueLine()))

/** Counts the statements that reach the database. */
function counting(db: Database): { db: Database; statements: () => number } {
  let statements = 0
  const counted = new Proxy(db, {
    get(target, member) {
      if (member === 'query') statements++
      const value = Reflect.get(target, member)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { db: counted, statements: () => statements }
}

const versionsOf = (database: TestDatabase) =>
  database.query<{ version: number; sealed: string }>(
    'select version, sealed from account_credentials order by account_id',
  )

async function takeAll(ledger: ReturnType<typeof openLedger>, ids: readonly string[]): Promise<Lease[]> {
  const leases = await Promise.all(ids.map((id) => ledger.takeLease(requestOf(id))))
  return leases.filter((lease) => lease !== null)
}

describe('the ledger', () => {
  test('takes the leases and saves the outcomes of many attempts in few statements', async () => {
    await using database = await aDatabase()
    const ids = await connectMany(database, 60)
    const { db, statements } = counting(database.db)
    const ledger = openLedger(db)

    const leases = await takeAll(ledger, ids)
    expect(leases.map(({ accountId }) => accountId)).toEqual(ids)
    const saved = await Promise.all(leases.map((lease) => ledger.saveOutcome(lease, renewed(randomUUID()))))

    expect(saved).toEqual(ids.map(() => true))
    expect(statements()).toBe(2)
    expect(await versionsOf(database)).toEqual(ids.map(() => ({ version: 2, sealed: 'new' })))
    expect(await database.query('select distinct scopes from social_accounts')).toEqual([{ scopes: ['a', 'b c"'] }])
    expect(
      await database.query('select outcome, count(*)::integer as attempts from refresh_attempts group by outcome'),
    ).toEqual([{ outcome: 'renewed', attempts: 60 }])
  })

  test('gives one of two who ask for the same account at the same time the lease', async () => {
    await using database = await aDatabase()
    const [id = ''] = await connectMany(database, 1)
    const ledger = openLedger(database.db)

    const leases = await Promise.all([ledger.takeLease(requestOf(id)), ledger.takeLease(requestOf(id))])

    expect(leases.filter((lease) => lease !== null)).toHaveLength(1)
  })

  test('judges each account by itself: one without a lease keeps it from nobody else', async () => {
    await using database = await aDatabase()
    const [held = '', free = ''] = await connectMany(database, 2)
    const ledger = openLedger(database.db)
    await ledger.takeLease(requestOf(held))

    const leases = await Promise.all([held, 'soc_gone', free].map((id) => ledger.takeLease(requestOf(id))))

    expect(leases.map((lease) => lease?.accountId ?? null)).toEqual([null, null, free])
  })

  test('waits for whoever holds the rows of an account, and lets no other account wait', async () => {
    await using database = await aDatabase()
    const ids = await connectMany(database, 2)
    const ledger = openLedger(database.db)
    const [held, free] = await takeAll(ledger, ids)
    if (held === undefined || free === undefined) throw new Error('no leases')
    const holder = await database.db.connect()
    await holder.query('begin')
    await holder.query('select from social_accounts where id = $1 for update', [held.accountId])

    const ofHeld = ledger.saveOutcome(held, renewed('one'))
    expect(await ledger.saveOutcome(free, renewed('two'))).toBe(true)
    expect((await versionsOf(database)).map(({ version }) => version).toSorted()).toEqual([1, 2])
    await holder.query('commit')
    holder.release()

    expect(await ofHeld).toBe(true)
  })

  test('lets no lease wait for the rows of an account whose app is paused', async () => {
    await using database = await aDatabase()
    const [paused = '', free = ''] = await connectMany(database, 2)
    await database.query("update refresh_schedule set app = 'YOUTUBE' where account_id = $1", [free])
    await database.query('update refresh_schedule set claimed_at = now()')
    await database.query("insert into platform_states values ('X', now() + interval '5 min', 'rate_limited')")
    const ledger = openLedger(database.db)
    const holder = await database.db.connect()
    await holder.query('begin')
    await holder.query('select from refresh_schedule where account_id = $1 for update', [paused])

    const scheduled = { trigger: 'schedule', isOfMany: true } as const
    const leases = await Promise.all([paused, free].map((id) => ledger.takeLease({ ...requestOf(id), ...scheduled })))
    await holder.query('commit')
    holder.release()

    expect(leases.map((lease) => lease?.accountId ?? null)).toEqual([null, free])
  })

  test('finds its own outcome when an answer was lost and the statement still ran', async () => {
    await using database = await aDatabase()
    const ledger = openLedger(database.db)
    const [lease] = await takeAll(ledger, await connectMany(database, 1))
    if (lease === undefined) throw new Error('no lease')
    const inDoubt: Outcome = { ...renewed(null), settlement: { ...renewed(null).settlement, outcome: 'in_doubt' } }
    for (const outcome of [inDoubt, renewed('one')]) {
      await database.query('update refresh_schedule set lease_id = $1, attempt_id = $2', [
        lease.leaseId,
        lease.attemptId,
      ])
      await database.query('update account_credentials set version = 1')
      const holder = await database.db.connect()
      await holder.query('begin')
      await holder.query('select from social_accounts for update')
      const both = [1, 2].map(() => saveOutcome(database.db, lease, outcome))
      const WAITING = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
      await expect.poll(() => database.query(WAITING)).toHaveLength(2)
      await holder.query('commit')
      holder.release()

      expect(await Promise.all(both)).toEqual([true, true])
      expect(await database.query('select outcome from refresh_attempts')).toEqual([
        { outcome: outcome.settlement.outcome },
      ])
    }
  })

  test('saves all when one of them brings a token that another account holds', async () => {
    await using database = await aDatabase()
    const ledger = openLedger(database.db)
    const leases = await takeAll(ledger, await connectMany(database, 4))
    const fingerprints = ['one', 'same', 'same', 'four']

    const saved = await Promise.all(
      leases.map((lease, at) => saveAnyway({ ledger, log: silentLog }, lease, renewed(fingerprints[at] ?? null))),
    )

    expect(saved).toEqual([true, true, true, true])
    expect((await versionsOf(database)).map(({ version }) => version)).toEqual([2, 2, 2, 2])
  })

  test('tells who was superseded among those that were saved', async () => {
    await using database = await aDatabase()
    const ids = await connectMany(database, 3)
    const ledger = openLedger(database.db)
    const leases = await takeAll(ledger, ids)
    await database.query('update account_credentials set version = 7 where account_id = $1', [ids[0]])
    await database.query('delete from social_accounts where id = $1', [ids[1]])

    const saved = await Promise.all(leases.map((lease) => ledger.saveOutcome(lease, renewed(randomUUID()))))

    expect(saved).toEqual([false, false, true])
    const outcomes = 'select account_id as id, outcome from refresh_attempts'
    expect(
      new Map((await database.query<{ id: string; outcome: string }>(outcomes)).map((row) => [row.id, row.outcome])),
    ).toEqual(
      new Map([
        [ids[0], 'superseded'],
        [ids[1], 'superseded'],
        [ids[2], 'renewed'],
      ]),
    )
    expect(await database.query('select from refresh_schedule where lease_id is not null')).toEqual([])
  })
})
