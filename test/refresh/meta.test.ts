import { describe, expect, test } from 'vitest'
import { refresh } from '../../src/refresh/refresh.ts'
import type { Pretend } from '../../src/simulator/pretend.ts'
import { pretendFacebookPage } from '../../src/simulator/pretend-facebook.ts'
import { pretendThreads } from '../../src/simulator/pretend-long-lived.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { DAY_MS, HOUR_MS } from '../../src/units.ts'
import { connect } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aContext, type TestContext } from '../fixtures/refresh-context.ts'
import { metaError } from '../platforms/tables/meta.ts'

const refreshNow = (context: TestContext, accountId: string) =>
  refresh(context, { accountId, trigger: 'operator', requestedAt: new Date(Date.now() + HOUR_MS) })

/** Connects an account in the middle of its life; `answers` are the next ones that it gets. */
async function anAccount(simulator: Simulator, database: TestDatabase, context: TestContext, pretend: Pretend) {
  const wish = { workspaceId: 'ws_1', lifetimeMs: 60 * DAY_MS, ageShare: 0.4 }
  const line = simulator.makeAccount(pretend, wish)
  const [id = ''] = await connect(database, context.vault, line)
  const grant = simulator.grants.findAccount(line.platform, line.externalId)
  if (grant === undefined) throw new Error('the account that was just made is not there')
  const answers = (...bodies: object[]) =>
    simulator.faults.script(
      grant,
      bodies.map((body) => ({ status: 'error' in body ? 400 : 200, body })),
    )
  return { id, grant, answers }
}

const failedFor = (database: TestDatabase, hours: number) =>
  database.query('update refresh_schedule set failing_since = failing_since - make_interval(hours => $1)', [hours])

describe('a page whose token has died', () => {
  test('gets another one under its own id, and the user a longer life at the next look', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    await using context = aContext(database, simulator.origin, { ...simulator.settings })
    const { id, grant, answers } = await anAccount(simulator, database, context, pretendFacebookPage)
    const userToken = grant.refreshToken
    answers({ data: { is_valid: false, error: { code: 190, subcode: 492, message: 'no role' } } })

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'renewed' })
    const pageToken = grant.accessToken
    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'renewed' })

    const [row] = await database.query<{ sealed: string; version: number; reconnect_by: Date; status: string }>(
      `select c.sealed, c.version, s.reconnect_by, a.status from social_accounts a
       join account_credentials c on c.account_id = a.id join refresh_schedule s on s.account_id = a.id`,
    )
    expect(row).toMatchObject({ version: 3, status: 'ACTIVE' })
    expect(context.vault.open(row?.sealed ?? '', { accountId: id, version: 3 })).toMatchObject({
      content: { accessToken: grant.accessToken, userAccessToken: grant.refreshToken, refreshToken: null },
    })
    expect(grant.accessToken).not.toBe(pageToken)
    expect(grant.refreshToken).not.toBe(userToken)
    // The access to the user's data ends after 90 days.
    expect(row?.reconnect_by.getTime()).toBeGreaterThan(Date.now() + 89 * DAY_MS)
  })
})

describe('a death without a reason', () => {
  const weak = metaError(190, 'Invalid OAuth access token')

  test('ends the account when it has come back for an hour', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    await using context = aContext(database, simulator.origin, { ...simulator.settings })
    const { id, answers } = await anAccount(simulator, database, context, pretendThreads)
    answers(weak, weak, weak)

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'transient', code: '190 unconfirmed' })
    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'transient' })
    await failedFor(database, 1)
    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'token_expired', code: '190' })

    expect(await database.query('select status from social_accounts')).toEqual([{ status: 'TOKEN_EXPIRED' }])
  })

  test('does not get older by an outage before it', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    await using context = aContext(database, simulator.origin, { ...simulator.settings })
    const { id, answers } = await anAccount(simulator, database, context, pretendThreads)
    answers(metaError(2), weak, weak)

    await refreshNow(context, id)
    await failedFor(database, 5)
    await refreshNow(context, id)

    expect(await refreshNow(context, id)).toMatchObject({ outcome: 'transient', code: '190 unconfirmed' })
  })

  test('of many accounts is taken for trouble of the app', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    await using context = aContext(database, simulator.origin, { ...simulator.settings })
    const accounts = []
    for (let at = 0; at < 6; at++) accounts.push(await anAccount(simulator, database, context, pretendThreads))
    for (const { id, answers } of accounts) {
      answers(weak, weak)
      await refreshNow(context, id)
    }
    await failedFor(database, 1)

    const outcomes = []
    for (const { id } of accounts) outcomes.push((await refreshNow(context, id))?.outcome)

    expect(outcomes.slice(0, 5)).toEqual(Array(5).fill('token_expired'))
    expect(outcomes[5]).toBe('app_misconfigured')
    expect(await database.query('select app, reason from platform_states')).toEqual([
      { app: 'THREADS', reason: 'many_accounts_ended' },
    ])
  })
})
