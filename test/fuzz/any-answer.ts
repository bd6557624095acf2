import fc from 'fast-check'
import type { Answer, HttpRequest } from '../../src/oauth/request.ts'
import type { Strategy } from '../../src/platforms/strategy.ts'
import { CLIENT } from '../../src/simulator/pretend.ts'
import { parseJson } from '../../src/untrusted-json.ts'
import { AT_HOME, DID, didDocument, PDS } from '../fixtures/bluesky.ts'
import type { Table } from '../platforms/tables/row.ts'
import { TABLES } from '../platforms/tables/tables.ts'
import { type Alteration, alterations, alteredText, anyText, brokenText, jsonText, leafText } from './any-json.ts'

// What a platform may answer: what it answers when all is well, or a row of its error table, with something wrong in it;
// or whatever else an address can send.

/** Secrets that a platform knows of us, and may repeat. */
export const SECRETS = {
  accessToken: 'SECRET-access-0123456789',
  refreshToken: 'SECRET-refresh-0123456789',
  userAccessToken: 'SECRET-user-0123456789',
  appPassword: 'SECRET-app-password-0123',
  clientSecret: 'SECRET-client-0123456789',
} as const

/** How one answer is made, whatever was asked. */
export interface Plan {
  readonly from: 'success' | 'table' | 'text'
  /** A row of the table, and a variety of a success. */
  readonly row: number
  readonly changes: readonly Alteration[]
  /** The body, when it is made of nothing. */
  readonly text: string
  /** Null: the one that belongs to the answer. */
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
}

const leaf = fc.oneof(
  { arbitrary: leafText, weight: 9 },
  { arbitrary: fc.constantFrom(...Object.values(SECRETS)).map((secret) => JSON.stringify(`no ${secret}`)), weight: 1 },
)

const MEMBERS = [
  ...['access_token', 'refresh_token', 'expires_in', 'scope', 'error', 'error_description', 'code', 'message', 'data'],
  ...['title', 'error_subcode', 'subcode', 'type', 'is_transient', 'accessJwt', 'refreshJwt', 'did', 'didDoc', 'sub'],
  ...[
    'open_id',
    'refresh_expires_in',
    'refresh_token_expires_in',
    'refresh_token_expires_at',
    'is_valid',
    'expires_at',
  ],
]

const HEADERS = [
  ...['retry-after', 'x-rate-limit-reset', 'x-ratelimit-reset', 'ratelimit-reset', 'dpop-nonce', 'x-app-usage'],
  ...['x-business-use-case-usage', 'www-authenticate', 'content-type'],
]

const headerText = fc.oneof(
  anyText,
  fc.constantFrom('Mon, 01 Jan 9999 00:00:00 GMT', 'Mon, 99', '1e9', '9999999999', '999999999999', '-1', ' 5 '),
  fc.constantFrom('{"1":[{"estimated_time_to_regain_access":1e999}]}', '{"call_count":1e999}', '{"1":[[[null]]]}'),
)

const bodyText = fc.oneof(jsonText(MEMBERS), brokenText(jsonText(MEMBERS)), anyText)

const anyStatus = fc.oneof(
  { arbitrary: fc.constant(null), weight: 5 },
  { arbitrary: fc.constantFrom(200, 400, 401, 403, 429, 500), weight: 1 },
  { arbitrary: fc.integer({ min: 100, max: 999 }), weight: 1 },
)
const anyHeaders = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  { arbitrary: fc.dictionary(fc.constantFrom(...HEADERS), headerText, { maxKeys: 3 }), weight: 1 },
)
const common = { row: fc.nat({ max: 1000 }), status: anyStatus, headers: anyHeaders }
const altered = { ...common, changes: alterations(leaf), text: fc.constant('') }

export const anyPlan: fc.Arbitrary<Plan> = fc.oneof(
  { arbitrary: fc.record({ ...altered, from: fc.constant('success' as const) }), weight: 6 },
  { arbitrary: fc.record({ ...altered, from: fc.constant('table' as const) }), weight: 3 },
  {
    arbitrary: fc.record({ ...common, from: fc.constant('text' as const), changes: fc.constant([]), text: bodyText }),
    weight: 2,
  },
)

/** Makes the answer to a request by a plan. */
export function answerTo(request: HttpRequest, strategy: Strategy, plan: Plan): Answer {
  const { rows } = tableOf(strategy)
  const [status, body, headers = {}] =
    plan.from === 'success'
      ? [200, successOf(request, plan)]
      : (rows[plan.row % rows.length]?.answers.at(-1) ?? [200, {}])
  const text = plan.from === 'text' ? plan.text : typeof body === 'string' ? body : alteredText(body, plan.changes)
  const json = parseJson(text)
  return {
    status: plan.status ?? status,
    headers: { ...headers, ...plan.headers },
    json,
    page: json === undefined ? text.slice(0, 500) : null,
  }
}

function tableOf(strategy: Strategy): Table {
  const table = TABLES.find((one) => one.strategy === strategy)
  if (table === undefined) throw new Error(`${strategy.platform} has no table`)
  return table
}

/** What is answered when all is well; token endpoints get the members of all platforms at once. */
function successOf({ url }: HttpRequest, plan: Plan): unknown {
  const lookUp = Object.entries(AT_HOME).find(([end]) => url.endsWith(end))?.[1]
  if (lookUp !== undefined) return lookUp[1]
  const { pathname } = new URL(url)
  if (pathname.includes('com.atproto')) return aSession(plan)
  if (pathname.endsWith('/debug_token')) return { data: aTokenState(plan) }
  if (pathname.endsWith('/me/accounts')) return { data: [{ ...TOKENS, instagram_business_account: { id: '1784' } }] }
  return pathname.includes('/tt_user/') ? { code: 0, message: 'OK', data: TOKENS } : TOKENS
}

const TOKENS = {
  access_token: 'new-access',
  token_type: 'bearer',
  expires_in: 5_183_944,
  refresh_token: 'new-refresh',
  refresh_token_expires_in: 31_536_000,
  refresh_expires_in: 31_536_000,
  refresh_token_expires_at: 1_800_000_000,
  scope: 'tweet.read,tweet.write users.read',
  open_id: 'open-id',
  sub: DID,
}

const aTokenState = ({ row }: Plan) => ({
  app_id: CLIENT.id,
  type: row % 5 === 0 ? 'USER' : 'PAGE',
  is_valid: row % 3 !== 0,
  expires_at: row % 2 === 0 ? 0 : 1_800_000_000,
  data_access_expires_at: 1_790_000_000,
  error: { code: 190, subcode: 463, message: 'Session has expired' },
})

function aSession({ changes, row }: Plan) {
  // What is wrong is wrong in the answer or in its tokens.
  const claims = row % 2 === 0 ? changes : []
  const jwt = (of: object) => `h.${Buffer.from(alteredText(of, claims)).toString('base64url')}.s`
  return {
    accessJwt: jwt({ iat: 1_795_000_000, exp: 1_795_007_200, sub: DID }),
    refreshJwt: jwt({ iat: 1_795_000_000, exp: 1_802_000_000, sub: DID }),
    did: DID,
    didDoc: didDocument(PDS),
  }
}
