import { describe, expect, test, vi } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/units.ts'
import { aKeyFor, aList, PATH, type TestList } from '../fixtures/list.ts'
import { aRow, insert } from '../fixtures/rows.ts'

const URL_OF_OVERVIEW = `${PATH}/overview`

const later = (ms: number) => new Date(Date.now() + ms)

interface Spread {
  ended: number
  hours: number[]
  days: number[]
  later: number
  never: number
}

/** Where a spread has something, as `hours 3: 2`. */
const told = ({ ended, hours, days, later, never }: Spread) =>
  [
    `ended: ${ended}`,
    ...hours.map((count, at) => `hours ${at}: ${count}`),
    ...days.map((count, at) => `days ${at}: ${count}`),
    `later: ${later}`,
    `never: ${never}`,
  ].filter((part) => !part.endsWith(': 0'))

const read = async (list: TestList) => (await list.get(URL_OF_OVERVIEW)).json()

describe('the overview', () => {
  test('counts every account once, by platform and health', async () => {
    await using list = await aList()
    await aRow(list.database)
    await aRow(list.database, {}, { consecutive_failures: 1 })
    await aRow(list.database, { status: 'REVOKED' })
    await aRow(list.database, { status: 'DISCONNECTED' })
    await aRow(list.database, { platform: 'BLUESKY' }, { reconnect_by: later(DAY_MS) })

    const { accounts, platforms } = await read(list)

    expect(accounts).toBe(4)
    const none = { ok: 0, expiring: 0, retrying: 0, paused: 0, reconnect_required: 0 }
    expect(platforms).toMatchObject([
      { platform: 'BLUESKY', totals: { ...none, expiring: 1 }, pausedSince: null, pausedUntil: null },
      { platform: 'X', totals: { ...none, ok: 1, retrying: 1, reconnect_required: 1 }, pausedSince: null },
    ])
  })

  test.each([
    ['has ended', { token_expires_at: later(-MINUTE_MS) }, ['ended: 1']],
    ['ends within the hour', { token_expires_at: later(MINUTE_MS) }, ['hours 0: 1', 'days 0: 1']],
    ['ends within the day', { token_expires_at: later(23.9 * HOUR_MS) }, ['hours 23: 1', 'days 0: 1']],
    ['ends tomorrow', { token_expires_at: later(24.1 * HOUR_MS) }, ['days 1: 1']],
    ['ends within the month', { token_expires_at: later(29.9 * DAY_MS) }, ['days 29: 1']],
    ['ends after that', { token_expires_at: later(30.1 * DAY_MS) }, ['later: 1']],
    ['does not end', { token_expires_at: null }, ['never: 1']],
    ['belongs to an account that is not ACTIVE', { status: 'REVOKED' }, []],
  ])('tells when a token ends: one that %s', async (_what, columns, expected) => {
    await using list = await aList()
    await aRow(list.database, columns)
    await aRow(list.database, columns, { renewable: false })

    const [{ expiries }] = (await read(list)).platforms

    expect(told(expiries.renewing)).toEqual(expected)
    expect(told(expiries.ending)).toEqual(expected)
  })

  test('tells since when and until when a platform is paused', async () => {
    await using list = await aList()
    const pause = { reason: 'unknown', since: later(-HOUR_MS) }
    const until = later(HOUR_MS)
    await insert(list.database, 'platform_states', { app: 'X', paused_until: until, ...pause })
    await insert(list.database, 'platform_states', { app: 'YOUTUBE', paused_until: '9999-12-31 00:00Z', ...pause })
    await aRow(list.database)
    await aRow(list.database, { platform: 'YOUTUBE' }, { app: 'YOUTUBE' })

    const { platforms } = await read(list)

    const pausedSince = pause.since.toISOString()
    expect(platforms).toMatchObject([
      { platform: 'X', pausedSince, pausedUntil: until.toISOString() },
      { platform: 'YOUTUBE', pausedSince, pausedUntil: null },
    ])
  })

  test('tells when accounts were last looked for, to the minute', async () => {
    await using list = await aList()
    await aRow(list.database)
    const other = await aKeyFor(list.database, ['ws_1'])

    expect((await read(list)).lastScanAt).toBeNull()
    await insert(list.database, 'scan_state', {
      last_scan_at: new Date('2026-11-24T10:11:12Z'),
      claimed: 0,
      worker: 'w',
    })

    const answer = await list.get(URL_OF_OVERVIEW, { authorization: other })
    expect(answer.json().lastScanAt).toBe('2026-11-24T10:11:00.000Z')
  })

  test('of no account is empty', async () => {
    await using list = await aList()

    expect(await read(list)).toEqual({ accounts: 0, lastScanAt: null, platforms: [] })
  })
})

describe('asking again and again', () => {
  test('costs one count for everybody who reaches the same', async () => {
    await using list = await aList()
    await aRow(list.database)
    const other = await aKeyFor(list.database, null)
    const statements: string[] = []
    list.observe((sql) => statements.push(sql))

    await Promise.all([list.get(URL_OF_OVERVIEW), list.get(URL_OF_OVERVIEW, { authorization: other })])

    expect(statements.filter((sql) => sql.includes('width_bucket'))).toHaveLength(1)
  })

  test('is answered with 304 until something changes, and then with the change', async () => {
    await using list = await aList()
    const id = await aRow(list.database)
    const first = await list.get(URL_OF_OVERVIEW)
    const known = { authorization: list.authorization, 'if-none-match': String(first.headers.etag) }

    expect((await list.get(URL_OF_OVERVIEW, known)).statusCode).toBe(304)
    await list.database.query("update social_accounts set status = 'REVOKED' where id = $1", [id])

    await vi.waitFor(async () => {
      const answer = await list.get(URL_OF_OVERVIEW, known)
      expect(answer.statusCode).toBe(200)
      expect(answer.json().platforms[0].totals.reconnect_required).toBe(1)
    }, 30_000)
  })
})
