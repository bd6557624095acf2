import { type IncomingMessage, request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { violations } from '../fixtures/contract.ts'
import { aList, PATH, type TestList } from '../fixtures/list.ts'
import { manyRows } from '../fixtures/rows.ts'

const running = (list: TestList, condition: string) =>
  list.database.query(
    `select query from pg_stat_activity where datname = current_database()
     and application_name = 'token-refresh-worker list' and ${condition}`,
  )

/** Asks without reading what comes. */
async function ask(list: TestList) {
  const url = await list.server.listen({ port: 0, host: '127.0.0.1' }).catch(() => list.server.listeningOrigin)
  const asked = request(`${url}${PATH}`, { headers: { authorization: list.authorization }, agent: false })
  asked.on('error', () => {})
  asked.end()
  return asked
}

const answered = (asked: ReturnType<typeof request>) =>
  new Promise<number | undefined>((resolve) => asked.once('response', ({ statusCode }) => resolve(statusCode)))

describe('a large answer', () => {
  test('is whole, in order, and as the contract says', async () => {
    await using list = await aList()
    await manyRows(list.database, 3456)

    const answer = await list.get(PATH)

    const rows = answer.json()
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(rows).toHaveLength(3456)
    expect(new Set(rows.map(({ id }: { id: string }) => id)).size).toBe(3456)
    expect(rows.map(({ handle }: { handle: string }) => handle)).toEqual(
      Array.from({ length: 3456 }, (_, at) => `@brand${at + 1}`),
    )
    expect(violations('SocialAccountList', rows)).toEqual([])
  })

  test.each([999, 1000, 2000])('of %i rows is cut nowhere', async (count) => {
    await using list = await aList()
    await manyRows(list.database, count)

    expect((await list.get(PATH)).json()).toHaveLength(count)
  })

  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
  ] as const)('is compressed with %s when that is asked for', async (encoding, open) => {
    await using list = await aList()
    await manyRows(list.database, 1500)
    const plain = await list.get(PATH)

    const answer = await list.get(PATH, { authorization: list.authorization, 'accept-encoding': encoding })

    expect(answer.headers['content-encoding']).toBe(encoding)
    expect(answer.headers.vary).toContain('accept-encoding')
    expect(answer.headers.etag).toBe(plain.headers.etag)
    expect(answer.rawPayload.length).toBeLessThan(plain.rawPayload.length / 5)
    expect(open(answer.rawPayload).toString()).toBe(plain.body)
    expect(plain.headers['content-encoding']).toBeUndefined()
  })

  test('shows one state of the database, however long it is read', async () => {
    await using list = await aList()
    await manyRows(list.database, 50_000)
    const asked = await ask(list)
    const response = await new Promise<IncomingMessage>((resolve) => asked.once('response', resolve))

    await list.database.query("update social_accounts set handle = '@late'")
    let body = ''
    for await (const chunk of response) body += chunk

    expect(JSON.parse(body)).toHaveLength(50_000)
    expect(body).not.toContain('@late')
  })

  test('that nobody reads any more gives its connection back', async () => {
    await using list = await aList()
    await manyRows(list.database, 50_000)
    const asked = await ask(list)
    await answered(asked)
    expect(await running(list, "xact_start is not null and state <> 'idle'")).toHaveLength(1)

    asked.destroy()

    await vi.waitFor(async () => expect(await running(list, 'xact_start is not null')).toEqual([]), 10_000)
    expect((await list.get(`${PATH}?workspaceId=ws_1`)).json()).toHaveLength(5000)
  })

  test('that breaks off is seen to be broken, and not taken for a short list', async () => {
    await using list = await aList()
    await manyRows(list.database, 50_000)
    const asked = await ask(list)
    const response = await new Promise<IncomingMessage>((resolve) => asked.once('response', resolve))

    await list.database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'token-refresh-worker list'",
    )

    await expect(response.toArray()).rejects.toThrow('aborted')
    expect((await list.get(`${PATH}?workspaceId=ws_1`)).json()).toHaveLength(5000)
  })

  test('is refused while half of the connections serve others, and small ones still go', async () => {
    await using list = await aList()
    await manyRows(list.database, 50_000)
    await list.database.query("update social_accounts set workspace_id = 'ws_small' where handle = '@brand1'")
    const reading = [await ask(list), await ask(list)]
    await Promise.all(reading.map(answered))

    const refused = await list.get(PATH)

    expect(refused.statusCode).toBe(503)
    expect(refused.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterMs: 2000 })
    expect(refused.headers['retry-after']).toBe('2')
    expect((await list.get(`${PATH}?workspaceId=ws_small`)).json()).toHaveLength(1)
    for (const asked of reading) asked.destroy()
    await vi.waitFor(async () => expect((await list.get(PATH)).statusCode).toBe(200), 10_000)
  })
})

describe('a request that is cancelled', () => {
  test('cancels its query', async () => {
    await using list = await aList()
    await manyRows(list.database, 10)
    // Whoever reads the accounts waits for this lock, so the query is caught in the act; by itself it would wait 10 s.
    const client = await list.database.db.connect()
    await client.query('begin; lock table social_accounts in access exclusive mode')
    const asked = await ask(list)
    await vi.waitFor(
      async () => expect(await running(list, "state = 'active' and wait_event_type = 'Lock'")).toHaveLength(1),
      10_000,
    )

    asked.destroy()

    await vi.waitFor(async () => expect(await running(list, "state <> 'idle'")).toEqual([]), 5000)
    await client.query('rollback')
    client.release()
    expect((await list.get(PATH)).json()).toHaveLength(10)
  })
})
