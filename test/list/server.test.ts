import { connect as connectTo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { makeApiKey } from '../../src/list/api-key.ts'
import { aLine, connect } from '../fixtures/account.ts'
import { violations } from '../fixtures/contract.ts'
import type { TestDatabase } from '../fixtures/database.ts'
import { aList, PATH } from '../fixtures/list.ts'
import { aLog } from '../fixtures/log.ts'
import { aVault } from '../fixtures/vault.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

const arrange = (database: TestDatabase) =>
  connect(
    database,
    aVault(),
    aLine({ workspaceId: 'ws_1', connectedAt: at(1), handle: '@oldest', meta: { verified: true } }),
    aLine({ workspaceId: 'ws_2', connectedAt: at(3), handle: '@newest', displayName: 'Nëwest "quoted"' }),
    aLine({ workspaceId: 'ws_1', connectedAt: at(2), handle: '@middle' }),
  )

describe('the list', () => {
  test('shows the accounts of all workspaces, the newest connection first, as the contract says', async () => {
    await using list = await aList()
    await arrange(list.database)

    const answer = await list.get(PATH)

    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.json().map(({ handle }: { handle: string }) => handle)).toEqual(['@newest', '@middle', '@oldest'])
    expect(violations('SocialAccountList', answer.json())).toEqual([])
    expect(Object.keys(answer.json()[0])).toHaveLength(17)
  })

  test('shows moments in UTC with milliseconds and what an attempt has said', async () => {
    await using list = await aList()
    await arrange(list.database)
    await list.database.query(
      `update social_accounts set last_refresh_attempt_at = '2026-11-23T10:00:00.1234Z', status = 'TOKEN_EXPIRED',
       last_refresh_error = 'Reconnect the account.', last_refresh_error_status = 400 where handle = '@oldest'`,
    )

    const [, , oldest] = (await list.get(PATH)).json()

    expect(oldest).toMatchObject({
      connectedAt: '2026-01-01T00:00:01.000Z',
      lastRefreshAttemptAt: '2026-11-23T10:00:00.123Z',
      lastRefreshedAt: null,
      lastRefreshError: 'Reconnect the account.',
      lastRefreshErrorStatus: 400,
      status: 'TOKEN_EXPIRED',
      meta: { verified: true },
    })
    expect(violations('SocialAccount', oldest)).toEqual([])
  })

  test('is narrowed to one workspace, empty when it has none', async () => {
    await using list = await aList()
    await arrange(list.database)

    expect((await list.get(`${PATH}?workspaceId=ws_1`)).json()).toHaveLength(2)
    expect((await list.get(`${PATH}?workspaceId=ws_none`)).json()).toEqual([])
  })

  test('breaks ties of the same moment by the id', async () => {
    await using list = await aList()
    await connect(list.database, aVault(), ...[1, 2, 3, 4, 5].map(() => aLine({ connectedAt: at(1) })))

    const ids = (await list.get(PATH)).json().map(({ id }: { id: string }) => id)

    expect(ids).toEqual([...ids].sort().reverse())
  })

  test('never shows what is disconnected', async () => {
    await using list = await aList()
    await arrange(list.database)
    await list.database.query("update social_accounts set status = 'DISCONNECTED' where handle = '@newest'")

    expect((await list.get(PATH)).json()).toHaveLength(2)
  })
})

describe('a key for some workspaces', () => {
  test('sees theirs and nothing else', async () => {
    await using list = await aList({ workspaceIds: ['ws_2', 'ws_3'] })
    await arrange(list.database)

    expect((await list.get(PATH)).json().map(({ handle }: { handle: string }) => handle)).toEqual(['@newest'])
    expect((await list.get(`${PATH}?workspaceId=ws_3`)).json()).toEqual([])
  })

  test.each(['ws_1', 'ws_unknown'])('is refused %s, whether it exists or not', async (workspaceId) => {
    await using list = await aList({ workspaceIds: ['ws_2'] })
    await arrange(list.database)

    const answer = await list.get(`${PATH}?workspaceId=${workspaceId}`)

    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ statusCode: 403, code: 'FORBIDDEN' })
  })
})

const REFUSED = [
  [`${PATH}?workspaceId=`, 400, 'VALIDATION_FAILED'],
  [`${PATH}?workspaceId=ws_1&workspaceId=ws_2`, 400, 'VALIDATION_FAILED'],
  [`${PATH}?workspaceId=a%20b`, 400, 'VALIDATION_FAILED'],
  [`${PATH}?workspaceId=${'x'.repeat(65)}`, 400, 'VALIDATION_FAILED'],
  [`${PATH}?workspaceId=%E0%A4%A`, 400, 'VALIDATION_FAILED'],
  ['/api/v1/nothing', 404, 'NOT_FOUND'],
  ['/api', 404, 'NOT_FOUND'],
  ['/%', 400, 'VALIDATION_FAILED'],
  [`${PATH}?workspaceId=a%00b`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?platform=MYSPACE`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?status=DISCONNECTED`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?limit=0`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?limit=501`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?limit=2&limit=3`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?workspaceid=ws_1`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?cursor=nonsense`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health?cursor=${Buffer.from(`1.soc_x'--`).toString('base64url')}`, 400, 'VALIDATION_FAILED'],
  [`${PATH}/health/`, 404, 'NOT_FOUND'],
  [`${PATH}?workspaceId=${'x'.repeat(4000)}`, 400, 'VALIDATION_FAILED'],
] as const

describe('a request that is not answered as asked', () => {
  test('gets the envelope with a code', async () => {
    await using list = await aList()

    for (const [url, statusCode, code] of REFUSED) {
      const answer = await list.get(url)
      expect(answer.statusCode, url).toBe(statusCode)
      expect(answer.json(), url).toMatchObject({ statusCode, code, requestId: answer.headers['x-request-id'] })
      expect(violations('ErrorEnvelope', answer.json())).toEqual([])
    }
  })

  test('by anything but GET is refused, whatever comes with it', async () => {
    await using list = await aList()
    const headers = { authorization: list.authorization, 'content-type': 'text/strange' }

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const) {
      for (const url of [PATH, `${PATH}/x`, `${PATH}/health`, `${PATH}/x/refresh-attempts`]) {
        const answer = await list.server.inject({ method: method as 'POST', url, headers, payload: '{' })
        expect(answer.statusCode).toBe(405)
        expect(answer.headers.allow).toBe('GET')
        expect(answer.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' })
      }
    }
  })

  test('HEAD is not allowed either, and has no body to say so', async () => {
    await using list = await aList()

    const answer = await list.server.inject({
      method: 'HEAD',
      url: PATH,
      headers: { authorization: list.authorization },
    })

    expect(answer).toMatchObject({ statusCode: 405, body: '', headers: { allow: 'GET' } })
  })

  test('that is no request at all, or is beyond measure, gets the envelope too', async () => {
    await using list = await aList()
    await list.server.listen({ port: 0, host: '127.0.0.1' })
    const port = Number(new URL(list.server.listeningOrigin).port)

    for (const text of ['nonsense\r\n\r\n', `GET /${'x'.repeat(9000)} HTTP/1.1\r\nhost: x\r\n\r\n`]) {
      const [head = '', body = ''] = (await sayTo(port, text)).split('\r\n\r\n')
      expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
      expect(violations('ErrorEnvelope', JSON.parse(body))).toEqual([])
      expect(head).toContain(`x-request-id: ${JSON.parse(body).requestId}`)
    }
  })

  test('never carries more than the caller may know', async () => {
    await using list = await aList()

    for (const url of [PATH, '/nothing', '/healthz', '/openapi.json', `${PATH}?workspaceId=`]) {
      const { headers } = await list.get(url)
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(headers.server).toBeUndefined()
      expect(headers['x-powered-by']).toBeUndefined()
    }
  })

  test('says no more than that it failed when it is our fault', async () => {
    await using list = await aList()
    await list.database.query('alter table social_accounts rename to gone')

    const answer = await list.get(PATH)

    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toEqual({
      statusCode: 500,
      code: 'INTERNAL_ERROR',
      message: 'Something failed on our side.',
      requestId: answer.headers['x-request-id'],
    })
  })

  test('asks to come again when the database is away', async () => {
    await using list = await aList()
    await list.database.administer(`alter database ${list.database.url.split('/').at(-1)} allow_connections false`)
    await list.database.administer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${list.database.url.split('/').at(-1)}'`,
    )

    const answer = await list.get(PATH)

    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('without a good key', () => {
  test.each([
    ['nothing', undefined],
    ['another scheme', 'Basic abc'],
    ['junk', 'Bearer pb_live_junk'],
    ['a key that nobody made', `Bearer ${makeApiKey().plaintext}`],
    ['a key with a typing error', `Bearer ${makeApiKey().plaintext.slice(0, -1)}!`],
  ])('%s gets 401', async (_what, authorization) => {
    await using list = await aList()
    await arrange(list.database)

    const answer = await list.get(PATH, authorization === undefined ? {} : { authorization })

    expect(answer.statusCode).toBe(401)
    expect(answer.json()).toMatchObject({ code: 'UNAUTHORIZED' })
  })

  test('a revoked one gets 401', async () => {
    await using list = await aList()
    await list.database.query('update api_keys set revoked_at = now()')

    expect((await list.get(PATH)).statusCode).toBe(401)
  })

  test('the process tells that it lives', async () => {
    await using list = await aList()

    const answer = await list.get('/healthz', {})

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ status: 'ok' })
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{20,32}$/)
  })
})

test("a caller's own request id never becomes ours, and stands beside it in the log", async () => {
  const { log, lines } = aLog()
  await using list = await aList({ log })

  const answer = await list.get(PATH, {
    authorization: list.authorization,
    'x-request-id': 'mine',
    'request-id': 'mine',
  })

  expect(answer.headers['x-request-id']).toMatch(/^req_/)
  await vi.waitFor(() =>
    expect(lines()).toContainEqual(
      expect.objectContaining({
        requestId: answer.headers['x-request-id'],
        callerRequestId: 'mine',
        key: list.authorization.slice(15, 23),
        route: PATH,
      }),
    ),
  )
  expect(JSON.stringify(lines())).not.toContain(list.authorization.slice(7))
})

describe('pages of other origins', () => {
  const asking = { origin: 'https://app.example.com' }
  const preflight = {
    ...asking,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  }

  test('may not read anything unless they are listed', async () => {
    await using list = await aList()

    const answer = await list.get(PATH, { ...asking, authorization: list.authorization })
    const before = await list.server.inject({ method: 'OPTIONS', url: PATH, headers: preflight })

    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(Object.keys(before.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('may read when they are listed, and no other', async () => {
    await using list = await aList({ env: { LIST_CORS_ORIGINS: 'https://app.example.com, https://b.example.com' } })

    const before = await list.server.inject({ method: 'OPTIONS', url: PATH, headers: preflight })
    const answer = await list.get(PATH, { ...asking, authorization: list.authorization })
    const refused = await list.get(PATH, asking)
    const noPreflight = await list.server.inject({ method: 'OPTIONS', url: '/page/..' })
    const other = await list.get(PATH, { origin: 'https://evil.example.com', authorization: list.authorization })

    expect(before.statusCode).toBe(204)
    expect(before.headers['access-control-allow-headers']).toContain('authorization')
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.example.com')
    expect(answer.headers['access-control-expose-headers']).toContain('x-request-id')
    expect(answer.headers.vary).toMatch(/origin/i)
    expect(answer.headers.vary).toMatch(/authorization/i)
    // Never a failure in words that are not ours.
    expect([noPreflight.statusCode, noPreflight.body]).toEqual([204, ''])
    expect(refused.statusCode).toBe(401)
    expect(refused.headers['access-control-allow-origin']).toBe('https://app.example.com')
    expect(other.headers['access-control-allow-origin']).toBeUndefined()
  })
})

/** Says something on a socket, and returns what comes until it is closed. */
async function sayTo(port: number, text: string): Promise<string> {
  const socket = connectTo(port, '127.0.0.1')
  socket.write(text)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return answer
}
