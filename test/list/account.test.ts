import { describe, expect, test } from 'vitest'
import { violations } from '../fixtures/contract.ts'
import { aKeyFor, aList, PATH } from '../fixtures/list.ts'
import { aRow, everyKindOfRow } from '../fixtures/rows.ts'

describe('one account', () => {
  test('is shown like its row in the list, for every platform and status but DISCONNECTED', async () => {
    await using list = await aList()
    await everyKindOfRow(list.database)

    const rows = (await list.get(PATH)).json()
    expect(rows).toHaveLength(33)
    expect(violations('SocialAccountList', rows)).toEqual([])
    for (const row of rows) {
      const answer = await list.get(`${PATH}/${row.id}`)
      expect(answer.statusCode).toBe(200)
      expect(answer.json()).toEqual(row)
      expect(violations('SocialAccount', answer.json())).toEqual([])
    }
  })

  test('is not told from one that never was when it is disconnected, foreign or impossible', async () => {
    await using list = await aList()
    const disconnected = await aRow(list.database, { status: 'DISCONNECTED' })
    const foreign = await aRow(list.database, { workspace_id: 'ws_2' })
    const authorization = await aKeyFor(list.database, ['ws_1'])

    const ids = [disconnected, foreign, `soc_${'a'.repeat(24)}`, 'soc_x', 'x'.repeat(3000), '%00', "'%20or%20true--"]
    const answers = await Promise.all(
      ids
        .flatMap((id) => [`${PATH}/${id}`, `${PATH}/${id}/refresh-attempts`])
        .map((url) => list.get(url, { authorization })),
    )

    for (const { statusCode, headers, json } of answers) {
      const { 'x-request-id': requestId, date: _, ...others } = headers
      const [first] = answers
      const { 'x-request-id': _id, date: _date, ...same } = first?.headers ?? {}
      expect(statusCode).toBe(404)
      expect(json()).toEqual({ statusCode: 404, code: 'NOT_FOUND', message: 'There is no such account.', requestId })
      expect(others).toEqual(same)
    }
    expect((await list.get(`${PATH}/${foreign}`)).statusCode).toBe(200)
  })
})
