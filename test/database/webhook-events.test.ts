import { describe, expect, test } from 'vitest'
import { disconnectAccount } from '../../src/database/disconnect-account.ts'
import { expireUnrenewable } from '../../src/database/expire-unrenewable.ts'
import { pauseApp, pauseByOperator, resumeApp, resumeByOperator } from '../../src/database/pause-app.ts'
import { pruneEvents, recordReconnectsDue, replayEvents } from '../../src/database/webhook-events.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import { DAY_MS, HOUR_MS } from '../../src/units.ts'
import { aDueLine, aLine, connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { aContext } from '../fixtures/refresh-context.ts'
import { aRow } from '../fixtures/rows.ts'
import { aVault } from '../fixtures/vault.ts'
import { anEndpoint, eventsOf } from '../fixtures/webhooks.ts'

const typesOf = async (database: TestDatabase) => (await eventsOf(database)).map(({ type }) => type)
const inAMinute = () => new Date(Date.now() + 60_000)
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS)

describe('an event of an account', () => {
  test('is recorded once per transition, with the public identity and what the statement has written', async () => {
    await using database = await aDatabase()
    const reconnectBy = new Date(Date.now() - 1000)
    const id = await aRow(
      database,
      { external_id: '42', handle: '@brand', token_expires_at: reconnectBy },
      { due_at: reconnectBy, deadline_at: reconnectBy, renewable: false, reconnect_by: reconnectBy },
    )
    const expire = () => expireUnrenewable(database.db, { apps: ['X'], error: 'It has ended.', limit: 10 })

    await expire()
    await expire()

    expect(await eventsOf(database)).toEqual([
      {
        id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
        type: 'account.token_expired',
        workspace_id: 'ws_1',
        account_id: id,
        data: {
          ...{ id, workspaceId: 'ws_1', platform: 'X', externalId: '42', handle: '@brand', status: 'TOKEN_EXPIRED' },
          ...{ reconnectBy: reconnectBy.toISOString(), lastRefreshError: 'It has ended.', previousStatus: 'ACTIVE' },
        },
      },
    ])
  })

  test('is recorded with the outcome of a refresh: revoked, then recovered', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const line = aDueLine({ externalId: '1' })
    const [accountId = ''] = await connect(database, context.vault, line)
    await database.query("update social_accounts set status = 'REVOKED'")
    platform.answer({ status: 200, body: { access_token: 'a', refresh_token: 'b', expires_in: 7200 } })

    await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date() })

    expect(await typesOf(database)).toEqual(['account.revoked', 'account.recovered'])
  })

  test('is not recorded for a refresh that changes no status, and not for a new or a disconnected account', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    await using context = aContext(database, platform.origin)
    const [accountId = ''] = await connect(database, context.vault, aDueLine())
    platform.answer({ status: 200, body: { access_token: 'a', refresh_token: 'b', expires_in: 7200 } })
    platform.answer({ status: 503 })

    await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date() })
    await refresh(context, { accountId, trigger: 'operator', requestedAt: new Date(Date.now() + 1000) })
    await disconnectAccount(database.db, accountId)

    expect(platform.arrived).toHaveLength(2)
    expect(await typesOf(database)).toEqual([])
  })

  test('tells that a reconnect has recovered an account, and nothing of one that was ACTIVE', async () => {
    await using database = await aDatabase()
    const vault = aVault()
    const lines = ['1', '2'].map((externalId) => aLine({ externalId }))
    const [ended = ''] = await connect(database, vault, ...lines)
    await database.query("update social_accounts set status = 'TOKEN_EXPIRED' where id = $1", [ended])

    await connect(database, vault, ...['1', '2'].map((externalId) => aLine({ externalId })))

    expect(await eventsOf(database)).toMatchObject([
      { type: 'account.token_expired', account_id: ended },
      { type: 'account.recovered', account_id: ended, data: { status: 'ACTIVE', previousStatus: 'TOKEN_EXPIRED' } },
    ])
  })

  test('is gone with the transaction that made the change, its deliveries too', async () => {
    await using database = await aDatabase()
    const vault = aVault()
    await anEndpoint(database)
    const [ended = ''] = await connect(database, vault, aLine({ externalId: '1' }, { refreshToken: 'taken' }))
    await database.query("update social_accounts set status = 'TOKEN_EXPIRED' where id = $1", [ended])

    const bad = aLine({ externalId: '2' }, { refreshToken: 'twice' })
    const lines = [aLine({ externalId: '1' }), bad, { ...bad, externalId: '3' }]
    await expect(connect(database, vault, ...lines)).rejects.toThrow('was refused')

    expect(await typesOf(database)).toEqual(['account.token_expired'])
    expect(await database.query('select from webhook_deliveries')).toHaveLength(1)
  })

  test('is due for every endpoint that wants it and for no other', async () => {
    await using database = await aDatabase()
    const all = await anEndpoint(database)
    const some = await anEndpoint(database, { eventTypes: ['account.revoked'], workspaceIds: ['ws_1', 'ws_2'] })
    await anEndpoint(database, { eventTypes: ['account.recovered'] })
    await anEndpoint(database, { workspaceIds: ['ws_2'] })
    const gone = await anEndpoint(database)
    await database.query('update webhook_endpoints set gone_at = now() where id = $1', [gone.id])
    await aRow(database)

    await database.query("update social_accounts set status = 'REVOKED'")
    await pauseByOperator(database.db, { app: 'X', until: null, reason: 'by an operator' })

    const deliveries = await database.query(
      `select endpoint_id, type from webhook_deliveries d join webhook_events v on v.id = d.event_id
       where next_at <= now() order by type, endpoint_id = $1 desc`,
      [all.id],
    )
    expect(deliveries).toEqual([
      { endpoint_id: all.id, type: 'account.revoked' },
      { endpoint_id: some.id, type: 'account.revoked' },
      { endpoint_id: all.id, type: 'platform.paused' },
    ])
  })
})

describe('an event of a platform', () => {
  test('is recorded when our app is refused and when it works again, however long the pause is prolonged', async () => {
    await using database = await aDatabase()
    const pause = () => pauseApp(database.db, { app: 'X', until: inAMinute(), reason: 'app_misconfigured' })
    await pause()
    await pause()
    await database.query("update platform_states set paused_until = now() - interval '1 s'")
    await pause()
    await database.query("update platform_states set paused_until = now() - interval '1 s'")

    await resumeApp(database.db, 'X', inAMinute())
    await resumeApp(database.db, 'X', inAMinute())

    const moment = expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/)
    expect(await eventsOf(database)).toMatchObject([
      {
        type: 'platform.paused',
        workspace_id: null,
        account_id: null,
        data: { app: 'X', reason: 'app_misconfigured', since: moment, pausedUntil: moment },
      },
      { type: 'platform.resumed', data: { app: 'X', reason: 'app_misconfigured', since: moment } },
    ])
  })

  test('is not recorded when a platform only asks us to slow down', async () => {
    await using database = await aDatabase()
    await pauseApp(database.db, { app: 'X', until: inAMinute(), reason: 'rate_limited' })

    await resumeByOperator(database.db, 'X')

    expect(await typesOf(database)).toEqual([])
  })

  test('is recorded when a pause becomes grave, and its end then is, whatever the last reason was', async () => {
    await using database = await aDatabase()
    await pauseApp(database.db, { app: 'X', until: inAMinute(), reason: 'rate_limited' })
    await pauseApp(database.db, { app: 'X', until: new Date(Date.now() + HOUR_MS), reason: 'app_misconfigured' })
    await pauseApp(database.db, { app: 'X', until: new Date(Date.now() + 2 * HOUR_MS), reason: 'rate_limited' })

    await resumeByOperator(database.db, 'X')

    expect(await typesOf(database)).toEqual(['platform.paused', 'platform.resumed'])
  })

  test('shows an end of null where an operator pauses until he resumes', async () => {
    await using database = await aDatabase()
    await pauseByOperator(database.db, { app: 'X', until: null, reason: 'by an operator: incident 4711' })

    expect(await eventsOf(database)).toMatchObject([
      { type: 'platform.paused', data: { reason: 'by an operator: incident 4711', pausedUntil: null } },
    ])
  })
})

describe('a reconnect that is due', () => {
  const due = (database: TestDatabase) => recordReconnectsDue(database.db, 1000)
  const told = async (database: TestDatabase) =>
    (await eventsOf(database)).map(({ type, data }) => [type, data.withinDays])

  test('is told once at each threshold as the end comes nearer', async () => {
    await using database = await aDatabase()
    await aRow(database, {}, { reconnect_by: inDays(31) })
    // As if time had passed: the end comes nearer, and what was told of it was told of this end.
    const moveTo = async (days: number) => {
      await database.query('update refresh_schedule set reconnect_by = $1', [inDays(days)])
      const told = { reconnectBy: inDays(days).toISOString() }
      await database.query('update webhook_events set data = data || $1, once_key = data ->> $2', [told, 'withinDays'])
    }
    for (const days of [31, 29, 15, 13, 8, 6, 2, 0.5, -1]) {
      await moveTo(days)
      await due(database)
      await due(database)
    }

    expect(await told(database)).toEqual([30, 14, 7, 1].map((days) => ['account.reconnect_due', days]))
  })

  test('is told for the nearest threshold alone where several have passed unseen', async () => {
    await using database = await aDatabase()
    const reconnectBy = inDays(3)
    const id = await aRow(database, {}, { reconnect_by: reconnectBy })

    expect(await due(database)).toBe(1)

    expect(await eventsOf(database)).toMatchObject([
      { account_id: id, data: { withinDays: 7, reconnectBy: reconnectBy.toISOString(), status: 'ACTIVE' } },
    ])
  })

  test('is told again for another end of the grant, and not for one that only jitters', async () => {
    await using database = await aDatabase()
    const reconnectBy = inDays(6)
    await aRow(database, {}, { reconnect_by: reconnectBy })
    await due(database)

    await database.query('update refresh_schedule set reconnect_by = $1', [new Date(reconnectBy.getTime() + 60_000)])
    expect(await due(database)).toBe(0)
    await database.query('update refresh_schedule set reconnect_by = $1', [
      new Date(reconnectBy.getTime() - 2 * DAY_MS),
    ])
    expect(await due(database)).toBe(1)
  })

  test('is not told of accounts that are not ACTIVE, whose grant has ended or has no end', async () => {
    await using database = await aDatabase()
    await aRow(database, { status: 'TOKEN_EXPIRED' }, { reconnect_by: inDays(3) })
    await aRow(database, { status: 'REVOKED' }, { reconnect_by: inDays(3) })
    await aRow(database, {}, { reconnect_by: inDays(-1) })
    await aRow(database, {}, { reconnect_by: inDays(31) })
    await aRow(database)

    expect(await due(database)).toBe(0)
  })

  test('is told once when many daemons look at the same moment', async () => {
    await using database = await aDatabase()
    for (let number = 0; number < 20; number++) await aRow(database, {}, { reconnect_by: inDays(3) })

    await Promise.all([1, 2, 3, 4, 5, 6].map(() => due(database)))

    expect(await told(database)).toHaveLength(20)
  })
})

describe('events', () => {
  test('are forgotten after a while, but not before they were delivered', async () => {
    await using database = await aDatabase()
    await aRow(database)
    await database.query("update social_accounts set status = 'REVOKED'")
    const { id } = await anEndpoint(database)
    await database.query("update social_accounts set status = 'ACTIVE'")
    await database.query("update webhook_events set occurred_at = now() - interval '31 days'")
    const prune = () => pruneEvents(database.db, { olderThanDays: 30, limit: 100 })

    expect(await prune()).toBe(1)
    expect(await typesOf(database)).toEqual(['account.recovered'])
    await database.query('update webhook_deliveries set next_at = null where endpoint_id = $1', [id])
    expect(await prune()).toBe(1)
    expect(await database.query('select from webhook_deliveries')).toEqual([])
  })

  test('of the time before an endpoint was added can be sent to it, one or all since a moment', async () => {
    await using database = await aDatabase()
    await aRow(database)
    for (const status of ['REVOKED', 'ACTIVE', 'TOKEN_EXPIRED'])
      await database.query('update social_accounts set status = $1', [status])
    await database.query(
      "update webhook_events set occurred_at = now() - interval '1 day' where type = 'account.revoked'",
    )
    const { id } = await anEndpoint(database, { eventTypes: ['account.revoked', 'account.token_expired'] })
    const [revoked, ...others] = await eventsOf(database)

    expect(await replayEvents(database.db, id, { since: new Date(Date.now() - HOUR_MS) })).toBe(1)
    expect(await replayEvents(database.db, id, { eventId: revoked?.id ?? '' })).toBe(1)
    expect(
      await replayEvents(database.db, id, {
        eventId: others.find(({ type }) => type === 'account.recovered')?.id ?? '',
      }),
    ).toBe(0)
    expect(await database.query('select from webhook_deliveries where next_at <= now()')).toHaveLength(2)
  })
})
