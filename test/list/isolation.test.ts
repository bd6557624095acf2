import { describe, expect, test, vi } from 'vitest'
import { aKeyFor, aList, PATH, type TestList } from '../fixtures/list.ts'
import { aRow, insert } from '../fixtures/rows.ts'

const FOREIGN = 'ws_foreign'
/** Stands in every text of a foreign account. */
const CANARY = 'CANARY'

async function arrange(list: TestList) {
  const own = await aRow(list.database, { workspace_id: 'ws_own', connected_at: new Date('2026-01-02') })
  await aRow(list.database, { workspace_id: 'ws_own', connected_at: new Date('2026-01-01') })
  const foreign = await aRow(
    list.database,
    {
      id: `soc_${CANARY}${'x'.repeat(18)}`,
      workspace_id: FOREIGN,
      handle: CANARY,
      display_name: CANARY,
      external_id: CANARY,
      meta: { canary: CANARY },
      connected_at: new Date('2026-01-03'),
      last_refresh_error: CANARY,
    },
    { consecutive_failures: 3 },
  )
  for (const error of ['one', 'two', 'three'])
    await insert(list.database, 'refresh_attempts', {
      account_id: foreign,
      platform: 'X',
      trigger: 'schedule',
      error: `${CANARY} ${error}`,
      worker: CANARY,
    })
  return { own, foreign, authorization: await aKeyFor(list.database, ['ws_own']) }
}

describe('a key for one workspace', () => {
  test('never sees a byte of another, whatever it asks for', async () => {
    await using list = await aList()
    const { own, foreign, authorization } = await arrange(list)
    const everything = { authorization: list.authorization }
    const foreignCursor = (await list.get(`${PATH}/health?limit=1`, everything)).json().nextCursor
    const attempts = (await list.get(`${PATH}/${foreign}/refresh-attempts?limit=1`, everything)).json()
    expect(attempts.attempts[0].error).toContain(CANARY)

    const urls = [
      PATH,
      `${PATH}?workspaceId=${FOREIGN}`,
      `${PATH}?workspaceId=ws_own,${FOREIGN}`,
      `${PATH}?workspaceId=%7Bws_own,${FOREIGN}%7D`,
      `${PATH}?workspaceIds=${FOREIGN}`,
      `${PATH}/${foreign}`,
      `${PATH}/${foreign}/refresh-attempts`,
      `${PATH}/${foreign}/refresh-attempts?cursor=${attempts.nextCursor}`,
      `${PATH}/${own}/refresh-attempts?cursor=${attempts.nextCursor}`,
      `${PATH}/health`,
      `${PATH}/health?attention=true`,
      `${PATH}/overview`,
      `${PATH}/overview?workspaceId=${FOREIGN}`,
      `${PATH}/health?workspaceId=${FOREIGN}`,
      `${PATH}/health?platform=X&status=ACTIVE&health=retrying`,
      `${PATH}/health?cursor=${foreignCursor}`,
      `${PATH}/health?cursor=${Buffer.from(`9999999999999999.0_${foreign}`).toString('base64url')}`,
    ]
    for (const url of urls) {
      const { body, headers } = await list.get(url, { authorization })
      expect(`${url} ${body} ${JSON.stringify(headers)}`.replaceAll(url, '')).not.toContain(CANARY)
    }

    expect((await list.get(PATH, { authorization })).json()).toHaveLength(2)
  })

  test('counts only its own in the totals and labels', async () => {
    await using list = await aList()
    const { authorization, foreign } = await arrange(list)
    const before = await list.get(PATH, { authorization })

    expect((await list.get(`${PATH}/health`, { authorization })).json().totals).toEqual({
      ok: 2,
      expiring: 0,
      retrying: 0,
      paused: 0,
      reconnect_required: 0,
    })
    expect((await list.get(`${PATH}/overview`, { authorization })).json()).toMatchObject({
      accounts: 2,
      platforms: [{ platform: 'X', totals: { ok: 2, retrying: 0 } }],
    })
    await list.database.query("update social_accounts set handle = 'other' where id = $1", [foreign])
    expect((await list.get(PATH, { authorization })).headers.etag).toBe(before.headers.etag)
  })

  test.each([PATH, `${PATH}/health`, `${PATH}/overview`])(
    'is refused at %s in the same words whether a workspace exists or not',
    async (path) => {
      await using list = await aList()
      const { authorization } = await arrange(list)

      const [foreign, unknown] = await Promise.all(
        [FOREIGN, 'ws_unknown'].map((id) => list.get(`${path}?workspaceId=${id}`, { authorization })),
      )

      const { requestId: _one, ...body } = foreign?.json() ?? {}
      const { requestId: _two, ...other } = unknown?.json() ?? {}
      expect(body).toEqual({ statusCode: 403, code: 'FORBIDDEN', message: 'This key does not reach that workspace.' })
      expect(other).toEqual(body)
      expect(Object.keys(unknown?.headers ?? {})).toEqual(Object.keys(foreign?.headers ?? {}))
    },
  )

  test('gives nothing away by what a request makes the database do', async () => {
    await using list = await aList()
    const { foreign, authorization } = await arrange(list)
    await list.get(PATH, { authorization })
    await vi.waitFor(async () =>
      expect(await list.database.query('select from api_keys where last_used_at is not null')).toHaveLength(1),
    )
    const statements: string[] = []
    list.observe((sql) => statements.push(sql))

    const traces = []
    for (const id of [foreign, `soc_${'z'.repeat(24)}`]) {
      statements.length = 0
      await list.get(`${PATH}/${id}`, { authorization })
      await list.get(`${PATH}/${id}/refresh-attempts`, { authorization })
      traces.push([...statements])
    }
    statements.length = 0
    for (const id of [FOREIGN, 'ws_unknown']) await list.get(`${PATH}?workspaceId=${id}`, { authorization })

    expect(traces[0]?.length).toBeGreaterThan(3)
    expect(traces[1]).toEqual(traces[0])
    // A refused workspace is not even looked up: only the key was.
    expect(statements).toHaveLength(2)
    expect(statements.every((sql) => sql.includes('api_keys'))).toBe(true)
  })
})

test('a key for no workspace at all sees nothing', async () => {
  await using list = await aList({ workspaceIds: [] })
  await arrange(list)

  expect((await list.get(PATH)).json()).toEqual([])
  expect((await list.get(`${PATH}/health`)).json()).toMatchObject({ accounts: [], totals: { ok: 0 } })
})
