import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import type { HTTPMethods, LightMyRequestResponse } from 'fastify'
import { expect, test } from 'vitest'
import { PLATFORMS } from '../../src/account.ts'
import { aList, PATH, type TestList } from '../fixtures/list.ts'
import { aLog } from '../fixtures/log.ts'
import { everyKindOfRow } from '../fixtures/rows.ts'
import { anyText, numberText } from './any-json.ts'
import { costlyEffort, effort, PATIENCE_MS } from './effort.ts'

const cursor = fc
  .tuple(
    fc.constantFrom('0', '-9999999999999999', '9999999999999999', '1795435200000000', 'NaN', ''),
    fc.constantFrom('.', '..', ''),
    fc.constantFrom('soc_a', '0_soc_a', '9_soc_ZZZZZZZZ', '999999999999999999', "'", '\u0000'),
  )
  .map((parts) => Buffer.from(parts.join('')).toString('base64url'))

const known = fc.constantFrom(...['ws_1', 'ws_2', 'ACTIVE', 'ok', 'paused', 'true', '1', '500'], ...PLATFORMS)
const held = fc.oneof(known, cursor, numberText, anyText)
const encoded = fc.oneof(
  { arbitrary: held.map((value) => encodeURIComponent(value.toWellFormed())), weight: 6 },
  // As it stands: half a percent sign, white space, or what is no UTF-8.
  { arbitrary: fc.constantFrom('%', '%0', '%zz', '%00', '%ed%a0%80', '%ff', '+', '%c0%af', '"<>', '%252e'), weight: 1 },
)
const parameter = fc.oneof(
  fc.constantFrom('workspaceId', 'platform', 'status', 'health', 'attention', 'limit', 'cursor'),
  fc.constantFrom('__proto__', 'constructor', 'workspaceId[]', 'workspaceId[$ne]', 'limit[0]', ''),
)
const query = fc
  .array(fc.tuple(parameter, encoded), { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`))

const part = fc.oneof(
  encoded,
  fc.constantFrom(
    '..',
    '.',
    'health',
    'overview',
    'refresh-attempts',
    'soc_aaaaaaaaaaaaaaaaaaaaaaaa',
    '..%2f',
    '%2e%2e',
  ),
)
const path = fc.oneof(
  { arbitrary: fc.constantFrom('', '/health', '/overview').map((end) => `${PATH}${end}`), weight: 6 },
  { arbitrary: fc.array(part, { maxLength: 3 }).map((parts) => [PATH, ...parts].join('/')), weight: 4 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom('/page', '/docs', '/docs/static', '/openapi.json', '/healthz', '/metrics', ''), part)
      .map((parts) => parts.join('/')),
    weight: 3,
  },
)

/** What Node lets through in a header. */
const headerText = held.map((value) => value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').slice(0, 1000))
const headers = fc.dictionary(
  fc.constantFrom(
    ...['accept', 'accept-encoding', 'accept-version', 'if-none-match', 'if-modified-since', 'range', 'origin'],
    ...[
      'cookie',
      'x-request-id',
      'x-forwarded-for',
      'x-forwarded-host',
      'content-type',
      'host',
      'connection',
      'expect',
    ],
    ...['access-control-request-method', 'access-control-request-headers', 'x-http-method-override', 'authorization'],
  ),
  fc.oneof(
    headerText,
    fc.constantFrom('*', '*/*', 'bytes=0-', 'bytes=9-1', 'br;q=nonsense', 'identity;q=0', 'gzip, br', 'W/"1.1.x"'),
  ),
  { maxKeys: 4 },
)
const method = fc.oneof(
  { arbitrary: fc.constant('GET'), weight: 8 },
  { arbitrary: fc.constantFrom('HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'SEARCH'), weight: 1 },
)
const anyRequest = fc.record({ method, path, query, headers, hasKey: fc.boolean() })

/** Words that are none of a caller's business. */
const INTERNAL =
  /\bat \S+ \(|node_modules|\.ts:\d|\bselect\b.*\bfrom\b|syntax error|invalid input|relation "|FST_|ECONN|undefined/i

const LIMITS = { LIST_BURST_LIMIT: '1000000', LIST_SUSTAINED_LIMIT: '1000000', LIST_ADDRESS_LIMIT: '1000000' }

test(
  'any request gets an answer that is no failure of ours, and says nothing of the inside',
  async () => {
    const { log, lines } = aLog()
    await using list = await aList({ env: { ...LIMITS, LIST_CORS_ORIGINS: 'https://app.example' }, log })
    await everyKindOfRow(list.database)

    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ hasKey, path, query, method, headers }) => {
        const key = hasKey ? { authorization: list.authorization } : {}
        const request = { method: method as HTTPMethods, url: `${path}${query}`, headers: { ...key, ...headers } }

        expectFit(await list.server.inject(request as never))
      }),
      effort(400),
    )

    expect(lines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
    expect(list.complaints).toEqual([])
  },
  PATIENCE_MS,
)

function expectFit(answer: LightMyRequestResponse): void {
  expect(answer.statusCode).toBeLessThan(500)
  expect(answer.headers['x-request-id']).toMatch(/^req_[0-9A-Za-z]{20,32}$/)
  if (answer.statusCode < 400 || answer.body === '') return
  const body: unknown = JSON.parse(answer.body)
  expect(body).toMatchObject({ statusCode: answer.statusCode, code: expect.stringMatching(/^[A-Z_]+$/) })
  expect(answer.body).not.toMatch(INTERNAL)
}

test(
  'any bytes on the wire get an answer in the same shape, or none',
  async () => {
    await using list = await aList({ env: LIMITS })
    await list.server.listen({ port: 0, host: '127.0.0.1' })
    const start = fc.constantFrom(
      '',
      'GET / HTTP/1.1\r\n',
      'GET ',
      `GET ${PATH} HTTP/1.1\r\nhost: h\r\n`,
      'PRI * HTTP/2.0\r\n',
    )

    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 200 }), async (head, rest) => {
        const answer = await exchange(list, Buffer.concat([Buffer.from(head), rest, Buffer.from('\r\n\r\n')]))

        expect(answer).toMatch(/^$|^HTTP\/1\.1 [1-4]\d\d /)
        expect(answer).not.toMatch(INTERNAL)
      }),
      costlyEffort(100),
    )
  },
  PATIENCE_MS,
)

async function exchange({ server }: TestList, bytes: Buffer): Promise<string> {
  const { port } = server.server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.end(bytes)
  return text(socket).catch(() => '')
}
