import { describe, expect, test } from 'vitest'
import { aList, PATH, type TestList } from '../fixtures/list.ts'
import { aRow, insert } from '../fixtures/rows.ts'

interface History {
  attempts: { id: string }[]
  nextCursor: string | null
}

const STARTED = new Date('2026-11-01T10:00:00.123Z')
const FINISHED = new Date('2026-11-01T10:00:01.456Z')

const anAttempt = (list: TestList, accountId: string, columns: Readonly<Record<string, unknown>> = {}) =>
  insert(list.database, 'refresh_attempts', {
    account_id: accountId,
    platform: 'X',
    trigger: 'schedule',
    started_at: STARTED,
    worker: 'host-CANARY:1',
    ...columns,
  })

const historyOf = (list: TestList, id: string, query = '') => list.get(`${PATH}/${id}/refresh-attempts${query}`)

describe('the history of an account', () => {
  test('shows every attempt with what came of it, and not who made it', async () => {
    await using list = await aList()
    const id = await aRow(list.database)
    await anAttempt(list, id, {
      finished_at: FINISHED,
      outcome: 'token_expired',
      http_status: 400,
      error_code: 'invalid_grant',
      error: 'Reconnect the account.',
      old_token_expires_at: STARTED,
      new_token_expires_at: FINISHED,
      lost_rotation: true,
    })

    const answer = await historyOf(list, id)

    expect(answer.json()).toEqual({
      attempts: [
        {
          id: '1',
          trigger: 'schedule',
          startedAt: '2026-11-01T10:00:00.123Z',
          finishedAt: '2026-11-01T10:00:01.456Z',
          outcome: 'token_expired',
          httpStatus: 400,
          errorCode: 'invalid_grant',
          error: 'Reconnect the account.',
          oldTokenExpiresAt: STARTED.toISOString(),
          newTokenExpiresAt: FINISHED.toISOString(),
          lostRotation: true,
        },
      ],
      nextCursor: null,
    })
    expect(answer.headers.link).toBeUndefined()
  })

  test('shows one that is under way without an outcome', async () => {
    await using list = await aList()
    const id = await aRow(list.database)
    await anAttempt(list, id)

    expect((await historyOf(list, id)).json().attempts).toMatchObject([
      { outcome: null, finishedAt: null, httpStatus: null },
    ])
  })

  test('is read page by page, the newest first, each attempt once', async () => {
    await using list = await aList()
    const id = await aRow(list.database)
    const other = await aRow(list.database)
    for (let number = 0; number < 11; number++) {
      // Three at a time in the same microsecond.
      await anAttempt(list, id, { started_at: `2026-01-01 00:00:00.00000${Math.floor(number / 3)}Z` })
      await anAttempt(list, other)
    }

    const seen: number[] = []
    let query: string | null = '?limit=4'
    while (query !== null) {
      const { attempts, nextCursor }: History = (await historyOf(list, id, query)).json()
      seen.push(...attempts.map(({ id }) => Number(id)))
      query = nextCursor === null ? null : `?limit=4&cursor=${nextCursor}`
    }

    expect(seen).toEqual(Array.from({ length: 11 }, (_, at) => 21 - 2 * at))
  })

  test('is empty for an account that was never refreshed', async () => {
    await using list = await aList()
    const id = await aRow(list.database)

    expect((await historyOf(list, id)).json()).toEqual({ attempts: [], nextCursor: null })
  })
})
