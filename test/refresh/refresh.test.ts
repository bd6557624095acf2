import { describe, expect, test, vi } from 'vitest'
import { claimDue } from '../../src/database/claim-due.ts'
import { takeLease } from '../../src/database/take-lease.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { HOUR_MS } from '../../src/units.ts'
import { aDueLine, aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aLog } from '../fixtures/log.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aContext, type TestContext } from '../fixtures/refresh-context.ts'
import { aVault } from '../fixtures/vault.ts'

/** Refreshes an account as an operator asks for it. */
const refreshNow = (context: TestContext, accountId: string) =>
  refresh(context, { accountId, trigger: 'operator', requestedAt: new Date(Date.now() + HOUR_MS) })

async function see(database: TestDatabase, accountId: string) {
  const [row] = await database.query<Record<string, never>>(
    `select a.*, c.version, c.sealed, c.issued_at, s.due_at, s.deadline_at, s.renewable, s.lease_id, s.attempt_id,
       s.in_doubt_at, s.consecutive_failures
     from social_accounts a left join account_credentials c on c.account_id = a.id
     left join refresh_schedule s on s.account_id = a.id where a.id = $1`,
    [accountId],
  )
  return row as Record<string, unknown>
}

const attemptsOf = (database: TestDatabase, accountId: string) =>
  database.query<Record<string, unknown>>('select * from refresh_attempts where account_id = $1 order by id', [
    accountId,
  ])

const RENEWED = {
  status: 200,
  body: {
    token_type: 'bearer',
    expires_in: 7200,
    access_token: 'new-access',
    refresh_token: 'new-refresh',
    scope: 'tweet.read',
  },
}

describe('a refresh that renews', () => {
  test('stores both tokens, the new end and the next due moment, and clears errors', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    await database.query("update social_accounts set last_refresh_error = 'old', last_refresh_error_status = 500")
    platform.answer(RENEWED)

    const attempt = await refreshNow(context, id)

    expect(attempt).toMatchObject({ outcome: 'renewed', httpStatus: 200, platform: 'X' })
    const row = await see(database, id)
    expect(row).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: null,
      last_refresh_error_status: null,
      scopes: ['tweet.read'],
      version: 2,
      lease_id: null,
      attempt_id: null,
      consecutive_failures: 0,
      renewable: true,
    })
    expect(row.last_refreshed_at).toEqual(row.last_refresh_attempt_at)
    const lifeMs = (row.token_expires_at as Date).getTime() - Date.now()
    expect(lifeMs).toBeGreaterThan(7_190_000)
    expect(lifeMs).toBeLessThanOrEqual(7_200_000)
    const dueShare = 1 - ((row.token_expires_at as Date).getTime() - (row.due_at as Date).getTime()) / 7_200_000
    expect(dueShare).toBeGreaterThanOrEqual(0.75)
    expect(dueShare).toBeLessThanOrEqual(0.85)
    const opened = context.vault.open(row.sealed as string, { accountId: id, version: 2 })
    expect(opened).toMatchObject({ content: { accessToken: 'new-access', refreshToken: 'new-refresh' } })
  })

  test('leaves a whole row of history', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answer(RENEWED)

    await refreshNow(context, id)

    const [attempt] = await attemptsOf(database, id)
    expect(attempt).toMatchObject({
      outcome: 'renewed',
      trigger: 'operator',
      http_status: 200,
      worker: 'test',
      error: null,
    })
    expect(attempt?.old_token_expires_at).toBeInstanceOf(Date)
    expect(attempt?.new_token_expires_at).toBeInstanceOf(Date)
    expect((attempt?.finished_at as Date) >= (attempt?.started_at as Date)).toBe(true)
  })

  test('has recorded the attempt before the request arrives', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    let seen: Record<string, unknown>[] = []
    platform.answer(async (response) => {
      seen = await attemptsOf(database, id)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(RENEWED.body))
    })

    await refreshNow(context, id)

    expect(seen).toMatchObject([{ outcome: null, finished_at: null }])
  })

  test('takes the moment of the answer from the database, however long the lease was waited for', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answer(RENEWED)
    const others = await Promise.all(Array.from({ length: context.db.options.max }, () => context.db.connect()))

    const refreshing = refreshNow(context, id)
    await others[0]?.query('select pg_sleep(1)')
    for (const other of others) other.release()
    await refreshing

    const row = await see(database, id)
    expect((row.issued_at as Date) <= (row.last_refreshed_at as Date)).toBe(true)
  })

  test('heals an account that had expired or was revoked, when an operator asks', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    await database.query("update social_accounts set status = 'REVOKED', last_refresh_error = 'gone'")
    await database.query('update refresh_schedule set due_at = null')
    platform.answer(RENEWED)

    await refreshNow(context, id)

    const row = await see(database, id)
    expect(row).toMatchObject({ status: 'ACTIVE', last_refresh_error: null })
    expect(row.due_at).toBeInstanceOf(Date)
  })
})

describe('the lease', () => {
  test('lets one of two through that come at once', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answerAll(RENEWED)

    const job = { accountId: id, trigger: 'operator', requestedAt: new Date() } as const
    const attempts = await Promise.all([refresh(context, job), refresh(context, job), refresh(context, job)])

    expect(attempts.filter((attempt) => attempt !== null)).toHaveLength(1)
    expect(platform.arrived).toHaveLength(1)
  })

  test('is not given for a scheduled job that is delivered twice', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answerAll(RENEWED)
    expect(await claimDue(database.db, { app: 'X', limit: 10, visibilityMs: 120_000 })).toMatchObject([
      { accountId: id },
    ])
    const job = { accountId: id, trigger: 'schedule', requestedAt: new Date() } as const

    expect(await refresh(context, job)).toMatchObject({ outcome: 'renewed' })
    expect(await refresh(context, job)).toBeNull()
    expect(platform.arrived).toHaveLength(1)
  })

  test('is not given for a request that an attempt has answered since', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answerAll(RENEWED)
    const requestedAt = new Date(Date.now() - 1000)

    await refresh(context, { accountId: id, trigger: 'operator', requestedAt })
    const again = await refresh(context, { accountId: id, trigger: 'operator', requestedAt })

    expect(again).toBeNull()
    expect(platform.arrived).toHaveLength(1)
  })

  test('is not given for an account that is gone', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)

    expect(await refreshNow(context, 'soc_nobody')).toBeNull()
  })
})

describe('a credential that changes under an attempt', () => {
  test('wins: a reconnect in flight makes the attempt superseded', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const line = aDueLine({ externalId: '7' })
    const [id = ''] = await connect(database, context.vault, line)
    platform.answer(async (response) => {
      await connect(database, context.vault, aLine({ externalId: '7' }, { refreshToken: 'reconnected' }))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(RENEWED.body))
    })

    const attempt = await refreshNow(context, id)

    expect(attempt).toMatchObject({ outcome: 'superseded' })
    const row = await see(database, id)
    expect(row.version).toBe(2)
    expect(context.vault.open(row.sealed as string, { accountId: id, version: 2 })).toMatchObject({
      content: { refreshToken: 'reconnected' },
    })
    expect(await attemptsOf(database, id)).toMatchObject([{ outcome: 'superseded' }])
  })

  test('a new token is stored although the lease is over, as long as nobody stored another', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answer(async (response) => {
      await database.query(
        "update refresh_schedule set leased_until = now() - interval '1 s', lease_id = gen_random_uuid()",
      )
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(RENEWED.body))
    })

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'renewed' })
    expect(await see(database, id)).toMatchObject({ version: 2 })
  })
})

describe('a refresh that fails', () => {
  test('leaves an account ACTIVE whose access token still works, and says until when', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answer({ status: 400, body: { error: 'invalid_grant' } })

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'token_expired', code: 'invalid_grant' })

    const row = await see(database, id)
    expect(row).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: expect.stringContaining('reconnect it before then'),
      last_refresh_error_status: 400,
      last_refreshed_at: null,
      renewable: false,
      version: 1,
    })
    expect(row.due_at).toEqual(row.token_expires_at)
    expect(await attemptsOf(database, id)).toMatchObject([
      { outcome: 'token_expired', error_code: 'invalid_grant', http_status: 400 },
    ])
  })

  test('ends an account at once whose access token is over', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(
      database,
      context.vault,
      aLine({ tokenExpiresAt: new Date(Date.now() - 1000).toISOString() }),
    )
    platform.answer({ status: 400, body: { error: 'invalid_grant' } })

    await refreshNow(context, id)

    expect(await see(database, id)).toMatchObject({
      status: 'TOKEN_EXPIRED',
      due_at: null,
      last_refresh_error_status: 400,
    })
  })

  test('pauses the app and no account when our client is refused, and ends the pause with the first good answer', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [one = '', other = ''] = await connect(database, context.vault, aDueLine(), aDueLine())
    platform.answer({ status: 401, body: { error: 'unauthorized_client' } }, RENEWED)

    expect(await refreshNow(context, one)).toMatchObject({ appChange: 'paused' })

    expect(await see(database, one)).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: expect.stringContaining('no reconnect is needed'),
    })
    const paused = await database.query('select app, reason, paused_until > now() as holds from platform_states')
    expect(paused).toEqual([{ app: 'X', reason: 'app_misconfigured', holds: true }])

    await database.query("update platform_states set paused_until = now() - interval '1 s'")
    expect(await refreshNow(context, other)).toMatchObject({ appChange: 'resumed' })

    expect(await database.query('select app from platform_states')).toEqual([])
  })

  test('is put into doubt when bytes left and no answer came, and its token is held back', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answer((response) => response.destroy(), RENEWED)

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'in_doubt' })

    const row = await see(database, id)
    expect(row).toMatchObject({ status: 'ACTIVE', last_refresh_error_status: null, version: 1 })
    expect(row.in_doubt_at).toBeInstanceOf(Date)
    expect((row.token_expires_at as Date).getTime() - (row.due_at as Date).getTime()).toBe(60_000)

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'not_yet_refreshable', code: 'in_doubt' })
    expect(platform.arrived).toHaveLength(1)

    await database.query("update social_accounts set token_expires_at = now() + interval '50 s'")
    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'renewed' })
    expect(await see(database, id)).toMatchObject({ in_doubt_at: null, version: 2 })
  })

  test('counts a rotation as lost when a token in doubt turns out dead', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    platform.answer((response) => response.destroy(), { status: 400, body: { error: 'invalid_grant' } })
    await refreshNow(context, id)
    await database.query("update social_accounts set token_expires_at = now() + interval '50 s'")

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'token_expired', lostRotation: true })

    expect(await see(database, id)).toMatchObject({ last_refresh_error: expect.stringContaining('our fault') })
    expect(await attemptsOf(database, id)).toMatchObject([{ lost_rotation: false }, { lost_rotation: true }])
  })

  test('tries the same token again after a moment when nothing was sent', async () => {
    await using database = await aDatabase()
    const platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    await platform[Symbol.asyncDispose]()

    expect(await refreshNow(context, id)).toMatchObject({
      outcome: 'transient',
      code: 'ECONNREFUSED',
      httpStatus: null,
    })

    expect(await see(database, id)).toMatchObject({
      in_doubt_at: null,
      consecutive_failures: 1,
      last_refresh_error_status: null,
    })
  })
})

describe('an attempt that was cut off', () => {
  test('is settled as in doubt by whoever finds it, without a call', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    await database.query('update refresh_schedule set claimed_at = now()')
    await takeLease(database.db, {
      isOfMany: true,
      accountId: id,
      trigger: 'schedule',
      requestedAt: new Date(),
      leaseMs: 0,
      worker: 'killed',
    })

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'in_doubt', code: 'interrupted' })

    expect(platform.arrived).toHaveLength(0)
    expect(await attemptsOf(database, id)).toMatchObject([{ worker: 'killed', outcome: 'in_doubt' }])
    expect(await see(database, id)).toMatchObject({ attempt_id: null, lease_id: null, status: 'ACTIVE' })
  })
})

describe('a credential that cannot be read', () => {
  test('is an alert and changes no status', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const { log, lines } = aLog()
    await using context = { ...aContext(database, platform.origin), log }
    const [id = ''] = await connect(database, aVault(), aDueLine())

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'unknown', code: 'tampered' })

    expect(platform.arrived).toHaveLength(0)
    expect(await see(database, id)).toMatchObject({
      status: 'ACTIVE',
      last_refresh_error: expect.stringContaining('operators have been told'),
    })
    expect(lines()).toContainEqual(expect.objectContaining({ level: 'error', accountId: id, reason: 'tampered' }))
  })
})

describe('between the answer and the commit', () => {
  test('a database that is away is waited for, and nothing is lost', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const { log, lines } = aLog()
    await using context = { ...aContext(database, platform.origin), log }
    const [id = ''] = await connect(database, context.vault, aDueLine())
    const name = database.url.slice(database.url.lastIndexOf('/') + 1)
    platform.answer(async (response) => {
      await database.administer(`alter database ${name} allow_connections false`)
      await database.administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(RENEWED.body))
    })

    const refreshing = refreshNow(context, id)
    await vi.waitFor(() => expect(lines()).toContainEqual(expect.objectContaining({ msg: 'not saved yet' })), 10_000)
    expect(context.metrics.countUnsaved()).toBe(1)
    await vi.waitFor(async () => expect((await context.escrow.list()).kept).toHaveLength(1))
    await database.administer(`alter database ${name} allow_connections true`)

    expect(await refreshing).toMatchObject({ outcome: 'renewed', answerMs: expect.any(Number) })
    expect(context.metrics.countUnsaved()).toBe(0)
    expect(await context.escrow.list()).toEqual({ kept: [], unreadable: 0 })
    expect(await see(database, id)).toMatchObject({ version: 2, status: 'ACTIVE' })
    expect(platform.arrived).toHaveLength(1)
  })

  test('a new token is in the escrow as long as the commit waits', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    const holder = await context.db.connect()
    platform.answer(async (response) => {
      await holder.query('begin; select from account_credentials for update')
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(RENEWED.body))
    })

    const refreshing = refreshNow(context, id)
    await vi.waitFor(async () => expect((await context.escrow.list()).kept).toHaveLength(1), 10_000)
    await holder.query('commit')
    holder.release()

    expect(await refreshing).toMatchObject({ outcome: 'renewed' })
    expect(await context.escrow.list()).toEqual({ kept: [], unreadable: 0 })
  })

  test('a new token that the database refuses is saved by the next attempt, which asks nobody', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [id = ''] = await connect(database, context.vault, aDueLine())
    await database.query('alter table account_credentials add constraint refuses check (version < 2)')
    platform.answerAll(RENEWED)

    await expect(refreshNow(context, id)).rejects.toThrow('refuses')
    expect((await context.escrow.list()).kept).toHaveLength(1)
    // As long as it is refused, the spent token is not shown again.
    await database.query('update refresh_schedule set leased_until = now()')
    await expect(refreshNow(context, id)).rejects.toThrow('refuses')
    await database.query('alter table account_credentials drop constraint refuses')
    await database.query('update refresh_schedule set leased_until = now()')
    const attempt = await refreshNow(context, id)

    expect(attempt).toMatchObject({ outcome: 'superseded' })
    const row = await see(database, id)
    expect(row).toMatchObject({ version: 2, status: 'ACTIVE', lease_id: null, attempt_id: null, in_doubt_at: null })
    expect(context.vault.open(row.sealed as string, { accountId: id, version: 2 })).toMatchObject({
      content: { refreshToken: 'new-refresh' },
    })
    expect(await attemptsOf(database, id)).toMatchObject([{ outcome: 'renewed' }])
    expect(await context.escrow.list()).toEqual({ kept: [], unreadable: 0 })
    expect(platform.arrived).toHaveLength(1)
  })
})

test('no secret reaches the log, the history or the public row, also when a platform repeats it', async () => {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const { log, lines } = aLog()
  await using context = { ...aContext(database, platform.origin), log }
  const [id = ''] = await connect(
    database,
    context.vault,
    aDueLine({}, { accessToken: 'CANARY-a', refreshToken: 'CANARY-r' }),
  )
  platform.answer(
    { status: 400, body: { error: 'CANARY-r', error_description: 'CANARY-r' } },
    { status: 500, body: 'CANARY-r' },
    { status: 200, body: { access_token: 'CANARY-n', refresh_token: 'CANARY-m', scope: 'x' } },
  )

  for (const _ of [1, 2, 3]) await refreshNow(context, id)

  const stored = await database.query('select * from social_accounts a, refresh_attempts t, account_credentials c')
  expect(stored).toHaveLength(3)
  expect(JSON.stringify(stored)).not.toContain('CANARY')
  expect(JSON.stringify(lines())).not.toContain('CANARY')
})
