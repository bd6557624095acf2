import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/units.ts'
import { aList, PATH, type TestList } from '../fixtures/list.ts'
import { aRow, insert } from '../fixtures/rows.ts'

const URL_OF_HEALTH = `${PATH}/health`

const later = (ms: number) => new Date(Date.now() + ms)

const pause = (list: TestList, app: string, pausedUntil: Date) =>
  insert(list.database, 'platform_states', {
    app,
    paused_until: pausedUntil,
    reason: 'app_misconfigured',
    since: EARLIER,
  })

const EARLIER = new Date('2026-11-01T10:00:00Z')
const LATER = later(HOUR_MS)

describe('the health of an account', () => {
  test.each([
    ['ok', {}, {}, null],
    ['ok', { token_expires_at: null }, { reconnect_by: later(15 * DAY_MS) }, null],
    ['ok', {}, { consecutive_failures: 0, failing_since: null }, null],
    [
      'expiring',
      { connected_at: EARLIER },
      { reconnect_by: new Date(LATER.getTime() + 13 * DAY_MS) },
      new Date(LATER.getTime() - DAY_MS),
    ],
    ['expiring', { connected_at: EARLIER, token_expires_at: later(DAY_MS) }, { renewable: false }, undefined],
    ['retrying', {}, { consecutive_failures: 2, failing_since: EARLIER }, EARLIER],
    ['retrying', { last_refresh_attempt_at: EARLIER }, { consecutive_failures: 2 }, EARLIER],
    ['retrying', { token_expires_at: EARLIER }, {}, EARLIER],
    ['paused', {}, { app: 'PAUSED', consecutive_failures: 2, failing_since: later(-MINUTE_MS) }, EARLIER],
    ['ok', {}, { app: 'RESUMED' }, null],
    ['reconnect_required', { status: 'TOKEN_EXPIRED', token_expires_at: EARLIER }, {}, EARLIER],
    ['reconnect_required', { status: 'REVOKED' }, { consecutive_failures: 1, failing_since: EARLIER }, EARLIER],
    [
      'reconnect_required',
      {},
      { app: 'PAUSED', renewable: false, consecutive_failures: 1, failing_since: EARLIER },
      EARLIER,
    ],
  ] as const)('is %s for %j and %j', async (health, account, schedule, since) => {
    await using list = await aList()
    await pause(list, 'PAUSED', LATER)
    await pause(list, 'RESUMED', EARLIER)
    const id = await aRow(list.database, account, schedule)

    const { accounts, totals } = (await list.get(URL_OF_HEALTH)).json()

    expect(accounts).toMatchObject([{ accountId: id, health }])
    if (since !== undefined) expect(accounts[0].since).toBe(since?.toISOString() ?? null)
    expect(totals).toEqual({ ok: 0, expiring: 0, retrying: 0, paused: 0, reconnect_required: 0, [health]: 1 })
  })

  test('comes with what is known of it, and nothing else', async () => {
    await using list = await aList()
    await pause(list, 'X', LATER)
    const id = await aRow(
      list.database,
      { last_refresh_error: 'A sentence.', token_expires_at: LATER },
      { consecutive_failures: 4, due_at: EARLIER, reconnect_by: LATER, failing_code: 'CANARY' },
    )

    const { accounts } = (await list.get(URL_OF_HEALTH)).json()

    expect(accounts).toEqual([
      {
        accountId: id,
        workspaceId: 'ws_1',
        platform: 'X',
        handle: '@brand',
        status: 'ACTIVE',
        health: 'paused',
        since: EARLIER.toISOString(),
        consecutiveFailures: 4,
        nextAttemptAt: LATER.toISOString(),
        reconnectBy: LATER.toISOString(),
        tokenExpiresAt: LATER.toISOString(),
        lastRefreshError: 'A sentence.',
      },
    ])
  })

  test('has a next attempt only where one is going to be made', async () => {
    await using list = await aList()
    await aRow(list.database, { handle: '@due' }, { due_at: LATER })
    await aRow(list.database, { handle: '@cannot' }, { due_at: LATER, renewable: false })
    await aRow(list.database, { handle: '@dead', status: 'REVOKED' }, { due_at: null })

    const { accounts } = (await list.get(URL_OF_HEALTH)).json()
    const next = Object.fromEntries(
      accounts.map((row: { handle: string; nextAttemptAt: string }) => [row.handle, row.nextAttemptAt]),
    )

    expect(next).toEqual({ '@due': LATER.toISOString(), '@cannot': null, '@dead': null })
  })
})

describe('the health of many', () => {
  const handlesAt = async (list: TestList, query: string) =>
    (await list.get(`${URL_OF_HEALTH}?${query}`)).json().accounts.map(({ handle }: { handle: string }) => handle)

  async function arrange(list: TestList) {
    const at = (second: number) => ({ connected_at: new Date(EARLIER.getTime() + second * 1000) })
    await aRow(list.database, { handle: '1', ...at(1) })
    await aRow(list.database, { handle: '2', ...at(2), platform: 'BLUESKY', status: 'REVOKED' })
    await aRow(list.database, { handle: '3', ...at(3), workspace_id: 'ws_2' }, { consecutive_failures: 1 })
    await aRow(list.database, { handle: '4', ...at(4), status: 'DISCONNECTED' })
    await aRow(list.database, { handle: '5', ...at(5), platform: 'BLUESKY' })
  }

  test('is filtered by workspace, platform, status and health', async () => {
    await using list = await aList()
    await arrange(list)

    for (const [query, handles] of [
      ['', ['5', '3', '2', '1']],
      ['platform=BLUESKY', ['5', '2']],
      ['status=REVOKED', ['2']],
      ['status=ACTIVE&platform=X', ['3', '1']],
      ['health=retrying', ['3']],
      ['health=ok&workspaceId=ws_1', ['5', '1']],
      ['health=expiring', []],
      ['attention=true', ['2', '3']],
      ['attention=false', ['5', '3', '2', '1']],
    ] as const)
      expect(await handlesAt(list, query), query).toEqual(handles)
  })

  test('that need attention has the worst first, page by page', async () => {
    await using list = await aList()
    await pause(list, 'PAUSED', LATER)
    const expected: string[] = []
    for (const [columns, schedule] of [
      [{ status: 'REVOKED' }, {}],
      [{}, { app: 'PAUSED' }],
      [{}, { consecutive_failures: 1 }],
      [{}, { reconnect_by: LATER }],
    ])
      for (const day of [2, 1])
        expected.push(await aRow(list.database, { connected_at: new Date(2026, 0, day), ...columns }, schedule))
    await aRow(list.database)

    const seen: string[] = []
    let url: string | undefined = `${URL_OF_HEALTH}?attention=true&limit=3`
    while (url !== undefined) {
      const answer = await list.get(url)
      seen.push(...answer.json().accounts.map(({ accountId }: { accountId: string }) => accountId))
      url = /^<([^>]+)>/.exec(String(answer.headers.link ?? ''))?.[1]
    }

    expect(seen).toEqual(expected)
  })

  test('has totals of everything but the page and the health that is asked for', async () => {
    await using list = await aList()
    await arrange(list)

    const totalsOf = async (query: string) => (await list.get(`${URL_OF_HEALTH}?${query}`)).json().totals

    const all = { ok: 2, expiring: 0, retrying: 1, paused: 0, reconnect_required: 1 }
    expect(await totalsOf('')).toEqual(all)
    expect(await totalsOf('health=retrying&limit=1')).toEqual(all)
    expect(await totalsOf('platform=BLUESKY')).toEqual({ ...all, ok: 1, retrying: 0 })
    expect(await totalsOf('workspaceId=ws_2')).toEqual({ ...all, ok: 0, reconnect_required: 0 })
  })

  test('is read page by page along the links, each account once, also those of the same moment', async () => {
    await using list = await aList()
    const expected: string[] = []
    // Microseconds, because that is what Postgres keeps and a Date does not.
    for (let number = 0; number < 25; number++)
      expected.push(await aRow(list.database, { connected_at: `2026-01-01 00:00:00.00000${Math.floor(number / 5)}Z` }))

    const seen: string[] = []
    let pages = 0
    let url: string | undefined = `${URL_OF_HEALTH}?limit=4&platform=X`
    while (url !== undefined) {
      const answer = await list.get(url)
      const { accounts, nextCursor } = answer.json()
      seen.push(...accounts.map(({ accountId }: { accountId: string }) => accountId))
      const next: string | undefined = /^<(.*)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1]
      expect(next === undefined).toBe(nextCursor === null)
      if (next !== undefined) expect(next).toContain(`limit=4&platform=X&cursor=${nextCursor}`)
      url = next
      pages++
    }

    expect(pages).toBe(7)
    expect([...seen].sort()).toEqual([...expected].sort())
    const order = (await list.get(`${URL_OF_HEALTH}?limit=500`)).json().accounts
    expect(order.map(({ accountId }: { accountId: string }) => accountId)).toEqual(seen)
  })
})
