import { describe, expect, test } from 'vitest'
import { claimDue } from '../../src/database/claim-due.ts'
import { pauseByOperator, resumeByOperator } from '../../src/database/pause-app.ts'
import { beginAttempt, refresh } from '../../src/refresh/refresh.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aContext, type TestContext } from '../fixtures/refresh-context.ts'

const RENEWED = { status: 200, body: { access_token: 'new', refresh_token: 'newer', expires_in: 7200 } }
const DEAD = { status: 400, body: { error: 'invalid_grant' } }
const REFUSED = { status: 401, body: { error: 'invalid_client' } }

/** An account per number, the earliest deadline first, all of them due and with an access token that is over. */
const dueLines = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    aDueLine({ tokenExpiresAt: new Date(Date.now() - (count - at) * 60_000).toISOString() }),
  )

const byHand = { trigger: 'operator', requestedAt: new Date() } as const

/** Refreshes one account after the other as the scan hands them over, as long as it does. */
async function refreshDue(context: TestContext, limit = 100) {
  const claimed = await claimDue(context.db, { app: 'X', limit, visibilityMs: 60_000 })
  const outcomes: (string | null)[] = []
  for (const { accountId, trigger } of claimed) {
    const attempt = await refresh(context, { accountId, trigger, requestedAt: new Date(), isOfMany: true })
    outcomes.push(attempt?.outcome ?? null)
  }
  return outcomes
}

const pauseOf = async (database: TestDatabase) =>
  (
    await database.query<{ reason: string; holds: boolean }>(
      'select reason, paused_until > now() as holds from platform_states',
    )
  )[0] ?? null

const statusesOf = async (database: TestDatabase) =>
  (
    await database.query<{ status: string; count: number }>(
      'select status, count(*)::integer as count from social_accounts group by status order by status',
    )
  ).map(({ status, count }) => `${count} ${status}`)

const endPause = (database: TestDatabase) =>
  database.query("update platform_states set paused_until = now() - interval '1 s', since = now() - interval '5 min'")

const makeDue = (database: TestDatabase) =>
  database.query('update refresh_schedule set due_at = now() where due_at is not null')

describe('an app that is refused', () => {
  test('gives no lease while it is paused, but to an operator', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [, second = ''] = await connect(database, context.vault, ...dueLines(3))
    platform.answer(REFUSED, REFUSED)

    expect(await refreshDue(context)).toEqual(['app_misconfigured', null, null])
    const asked = await refresh(context, { accountId: second, trigger: 'operator', requestedAt: new Date() })

    expect(asked?.outcome).toBe('app_misconfigured')
    expect(platform.arrived).toHaveLength(2)
    expect(await statusesOf(database)).toEqual(['3 ACTIVE'])
    const [{ waiting } = {}] = await database.query<{ waiting: number }>(
      `select count(*)::integer as waiting from refresh_schedule join platform_states using (app)
       where claimed_at is null and due_at is not null`,
    )
    expect(waiting).toBe(3)
  })

  test('has its accounts back as soon as it is resumed, also those that waited in the queue', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(2))
    const jobs = await claimDue(database.db, { app: 'X', limit: 2, visibilityMs: 60_000 })
    await pauseByOperator(database.db, { app: 'X', until: null, reason: 'by an operator' })
    for (const job of jobs) await refresh(context, { ...job, requestedAt: new Date(), isOfMany: true })

    await resumeByOperator(database.db, 'X')

    expect(jobs).toHaveLength(2)
    expect(await claimDue(database.db, { app: 'X', limit: 2, visibilityMs: 60_000 })).toHaveLength(2)
  })

  test('gives none either to the many that an operator has made due', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(3))
    await database.query('update refresh_schedule set requested_at = now()')
    platform.answerAll(REFUSED)

    expect(await refreshDue(context)).toEqual(['app_misconfigured', null, null])

    expect(platform.arrived).toHaveLength(1)
  })

  test('works again when the platform calls a grant dead: it has looked at the grant', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(2))
    platform.answer(REFUSED, DEAD)
    await refreshDue(context, 1)
    await endPause(database)

    expect(await refreshDue(context, 1)).toEqual(['token_expired'])

    expect(await pauseOf(database)).toBeNull()
  })
})

describe('an app of which many accounts end within minutes', () => {
  test('is paused, and nobody else ends', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(20))
    platform.answerAll(DEAD)

    const outcomes = await refreshDue(context)

    expect(outcomes.slice(0, 6)).toEqual([...Array(5).fill('token_expired'), null])
    expect(await pauseOf(database)).toEqual({ reason: 'many_accounts_ended', holds: true })
    expect(await statusesOf(database)).toEqual(['15 ACTIVE', '5 TOKEN_EXPIRED'])
  })

  test('is tried with single accounts, none of which ends', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(20))
    platform.answerAll(DEAD)
    await refreshDue(context, 5)
    await endPause(database)

    expect(await refreshDue(context, 1)).toEqual(['app_misconfigured'])

    expect(await pauseOf(database)).toEqual({ reason: 'many_accounts_ended', holds: true })
    expect(await statusesOf(database)).toEqual(['15 ACTIVE', '5 TOKEN_EXPIRED'])
  })

  test('recovers with the first account that is renewed, and so do those that had ended', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(20))
    platform.answerAll(DEAD)
    await refreshDue(context, 5)
    await endPause(database)
    platform.answerAll((response, { form }) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...RENEWED.body, refresh_token: `next-${form.refresh_token}` }))
    })

    expect(await refreshDue(context, 1)).toEqual(['renewed'])
    expect(await pauseOf(database)).toBeNull()
    await makeDue(database)
    await refreshDue(context)

    expect(await statusesOf(database)).toEqual(['20 ACTIVE'])
  })

  test('is not paused again by the same accounts, when they are dead indeed', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(6))
    platform.answerAll(DEAD)
    await refreshDue(context, 5)
    await endPause(database)
    platform.answer(RENEWED)
    expect(await refreshDue(context, 1)).toEqual(['renewed'])

    expect(await refreshDue(context)).toEqual(Array(5).fill('token_expired'))

    expect(await pauseOf(database)).toBeNull()
    expect(await statusesOf(database)).toEqual(['1 ACTIVE', '5 TOKEN_EXPIRED'])
  })

  test('is left alone when processes died in the middle of their attempts', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const accountIds = await connect(database, context.vault, ...dueLines(6))
    await Promise.all(accountIds.map((accountId) => beginAttempt(context, { ...byHand, accountId })))
    await database.query("update refresh_schedule set leased_until = now() - interval '1 s', due_at = now()")
    expect(await refreshDue(context)).toEqual(Array(6).fill('in_doubt'))
    await makeDue(database)
    platform.answerAll(DEAD)

    expect(await refreshDue(context)).toEqual(Array(6).fill('token_expired'))

    expect(await pauseOf(database)).toBeNull()
  })

  test('is paused when the platform had left them without an answer', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(6))
    await database.query("update refresh_schedule set in_doubt_at = now() - interval '1 h'")
    platform.answerAll(DEAD)

    expect(await refreshDue(context)).toEqual([...Array(5).fill('token_expired'), null])

    expect(await pauseOf(database)).toEqual({ reason: 'many_accounts_ended', holds: true })
  })

  test('is left alone when they are few among many that are renewed', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    await connect(database, context.vault, ...dueLines(30))
    platform.answerAll((response, { form }) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...RENEWED.body, refresh_token: `next-${form.refresh_token}` }))
    })
    await refreshDue(context, 25)
    platform.answerAll(DEAD)

    expect(await refreshDue(context)).toEqual(Array(5).fill('token_expired'))

    expect(await pauseOf(database)).toBeNull()
  })
})
