import { expect, test } from 'vitest'
import { type LeaseKey, saveOutcome } from '../../src/database/save-outcome.ts'
import { takeLease } from '../../src/database/take-lease.ts'
import type { KeptOutcome } from '../../src/escrow/kept-outcome.ts'
import { replayEscrow } from '../../src/escrow/replay.ts'
import { HOUR_MS } from '../../src/units.ts'
import { aDueLine, aLine, connect } from '../fixtures/account.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aContext, type TestContext } from '../fixtures/refresh-context.ts'

/** What a process that died has left behind: a lease, and a new token in the escrow. */
async function aDeadProcess(context: TestContext, accountId: string): Promise<KeptOutcome> {
  const request = {
    trigger: 'operator',
    requestedAt: new Date(),
    isOfMany: false,
    leaseMs: 90_000,
    worker: 'dead',
  } as const
  const lease = await takeLease(context.db, { accountId, ...request })
  if (lease === null) throw new Error('no lease')
  const endsAt = new Date(Date.now() + 2 * HOUR_MS)
  const sealed = context.vault.seal(
    { accessToken: `new-access-of-${accountId}`, refreshToken: `new-refresh-of-${accountId}` },
    { accountId, version: lease.version + 1 },
  )
  const kept: KeptOutcome = {
    lease,
    outcome: {
      settlement: {
        ...{ outcome: 'renewed', status: 'ACTIVE', dueAt: endsAt, tokenExpiresAt: endsAt, error: null, code: null },
        ...{ renewable: true, inDoubt: false, consecutiveFailures: 0, reconnectBy: null },
        ...{ lostRotation: false, pauseApp: null },
      },
      httpStatus: 200,
      credential: { sealed, issuedAt: new Date(), refreshTokenExpiresAt: undefined, fingerprint: 'f', scopes: null },
    },
  }
  await context.escrow.put(kept)
  return kept
}

const see = async (context: TestContext, { accountId }: LeaseKey) => {
  const { rows } = await context.db.query(
    `select c.version, c.sealed, s.lease_id, s.attempt_id, t.outcome
     from account_credentials c join refresh_schedule s using (account_id) join refresh_attempts t using (account_id)
     where account_id = $1`,
    [accountId],
  )
  return rows
}

test('what a dead process left is saved once, as it would have done itself', async () => {
  await using database = await aDatabase()
  await using context = aContext(database, 'http://127.0.0.1:1')
  const [id = ''] = await connect(database, context.vault, aDueLine())
  const { lease } = await aDeadProcess(context, id)

  await Promise.all([replayEscrow(context), replayEscrow(context)])

  const [row, ...others] = await see(context, lease)
  expect(others).toEqual([])
  expect(row).toMatchObject({ version: 2, lease_id: null, attempt_id: null, outcome: 'renewed' })
  expect(context.vault.open(row.sealed, { accountId: id, version: 2 })).toMatchObject({
    content: { refreshToken: `new-refresh-of-${id}` },
  })
  expect(await context.escrow.list()).toEqual({ kept: [], unreadable: 0 })
})

test('an account that was connected again keeps its new credential', async () => {
  await using database = await aDatabase()
  await using context = aContext(database, 'http://127.0.0.1:1')
  const [id = ''] = await connect(database, context.vault, aDueLine({ externalId: '7' }))
  const { lease } = await aDeadProcess(context, id)
  await connect(database, context.vault, aLine({ externalId: '7' }, { refreshToken: 'reconnected' }))

  await replayEscrow(context)

  const [row] = await see(context, lease)
  expect(context.vault.open(row.sealed, { accountId: id, version: 2 })).toMatchObject({
    content: { refreshToken: 'reconnected' },
  })
  expect(await context.escrow.list()).toEqual({ kept: [], unreadable: 0 })
})

test('one that the database refuses waits, and keeps no other from being saved', async () => {
  await using database = await aDatabase()
  await using context = aContext(database, 'http://127.0.0.1:1')
  const [one = '', other = ''] = await connect(database, context.vault, aDueLine(), aDueLine())
  await aDeadProcess(context, one)
  await aDeadProcess(context, other)
  await database.query(
    `alter table account_credentials add constraint refuses check (account_id <> '${one}' or version < 2)`,
  )

  await replayEscrow(context)

  expect((await context.escrow.list()).kept.map(({ lease }) => lease.accountId)).toEqual([one])
  expect(await database.query('select version from account_credentials order by version')).toEqual([
    { version: 1 },
    { version: 2 },
  ])
})

test('a process that is alive after all finds its own outcome saved', async () => {
  await using database = await aDatabase()
  await using context = aContext(database, 'http://127.0.0.1:1')
  const [id = ''] = await connect(database, context.vault, aDueLine())
  const { lease, outcome } = await aDeadProcess(context, id)

  await replayEscrow(context)

  expect(await saveOutcome(context.db, lease, outcome)).toBe(true)
  expect(await database.query('select version from account_credentials')).toEqual([{ version: 2 }])
})
