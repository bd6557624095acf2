import { describe, expect, test } from 'vitest'
import { aKeyFor, aList, PATH } from '../fixtures/list.ts'
import { aRow } from '../fixtures/rows.ts'

/** Every member that is shown, and another value for it. */
const CHANGES = [
  ['workspace_id', "'ws_9'"],
  ['platform', "'YOUTUBE'"],
  ['external_id', "'other'"],
  ['handle', "'@other'"],
  ['display_name', "'Other'"],
  ['avatar_url', "'https://cdn.example.com/other.jpg'"],
  ['status', "'REVOKED'"],
  ['scopes', "'{other}'"],
  ['connected_at', "connected_at - interval '1 millisecond'"],
  ['last_refreshed_at', 'now()'],
  ['token_expires_at', 'null'],
  ['last_refresh_attempt_at', 'now()'],
  ['last_refresh_error', "'Other.'"],
  ['last_refresh_error_status', '400'],
  ['meta', `'{"a": 1}'`],
  ['default_board_id', "'7'"],
] as const

describe('the label of an answer', () => {
  test('stays while nothing changes, and saves the caller the answer', async () => {
    await using list = await aList()
    const id = await aRow(list.database)

    for (const url of [PATH, `${PATH}?workspaceId=ws_1`, `${PATH}/${id}`]) {
      const first = await list.get(url)
      const etag = String(first.headers.etag)
      expect(etag).toMatch(/^W\/"/)
      for (const known of [etag, etag.slice(2), `"x", ${etag}`, '*']) {
        const again = await list.get(url, { authorization: list.authorization, 'if-none-match': known })
        expect(again.statusCode).toBe(304)
        expect(again.body).toBe('')
        expect(again.headers.etag).toBe(etag)
      }
      const other = await list.get(url, { authorization: list.authorization, 'if-none-match': 'W/"1.1.x"' })
      expect(other.json()).toEqual(first.json())
    }
  })

  test('changes with every member that is shown', async () => {
    await using list = await aList()
    const id = await aRow(list.database, { last_refresh_error: 'One.' })
    await aRow(list.database)
    const labels = async () =>
      [await list.get(PATH), await list.get(`${PATH}/${id}`)].map(({ headers }) => String(headers.etag))
    const seen = await labels()

    for (const [column, value] of CHANGES) {
      await list.database.query(`update social_accounts set ${column} = ${value} where id = $1`, [id])
      for (const label of await labels()) {
        expect(seen, column).not.toContain(label)
        seen.push(label)
      }
    }

    expect(CHANGES).toHaveLength(16)
  })

  test('changes when an account comes and when one goes', async () => {
    await using list = await aList()
    const id = await aRow(list.database)
    const one = (await list.get(PATH)).headers.etag
    await aRow(list.database)
    const two = (await list.get(PATH)).headers.etag
    await list.database.query("update social_accounts set status = 'DISCONNECTED' where id = $1", [id])
    const three = (await list.get(PATH)).headers.etag

    expect(new Set([one, two, three]).size).toBe(3)
  })

  test('changes with a change that began before another and is committed after it', async () => {
    await using list = await aList()
    const early = await aRow(list.database)
    const late = await aRow(list.database)
    const client = await list.database.db.connect()
    await client.query('begin')
    await client.query('update social_accounts set last_refreshed_at = now() where id = $1', [early])
    await list.database.query('update social_accounts set last_refreshed_at = now() where id = $1', [late])
    const before = await list.get(PATH)

    await client.query('commit')
    client.release()

    const after = await list.get(PATH, {
      authorization: list.authorization,
      'if-none-match': String(before.headers.etag),
    })
    expect(after.statusCode).toBe(200)
  })

  test('of one key says nothing to another key', async () => {
    await using list = await aList()
    await aRow(list.database)
    const etag = String((await list.get(PATH)).headers.etag)
    const authorization = await aKeyFor(list.database, ['ws_2'])

    const answer = await list.get(PATH, { authorization, 'if-none-match': etag })

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual([])
    expect(answer.headers.vary).toContain('authorization')
    expect(answer.headers['cache-control']).toBe('private, no-cache')
  })
})
