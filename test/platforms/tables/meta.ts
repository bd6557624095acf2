import type { OutcomeKind } from '../../../src/rules/outcome.ts'
import type { Row } from './row.ts'

/** The body of an error as all Meta hosts write it. */
export const metaError = (
  code: number | readonly [code: number, subcode: number] | null,
  message = 'words',
  members: object = {},
) => {
  const [number, subcode] = typeof code === 'number' || code === null ? [code] : code
  return {
    error: {
      message,
      type: 'OAuthException',
      ...(number === null ? {} : { code: number }),
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      fbtrace_id: 'A1',
      ...members,
    },
  }
}

export const page = '<html>Sorry, something went wrong.</html>'
const graphMethod = { type: 'GraphMethodException' }
const buc = (...waits: number[]) => ({
  'x-business-use-case-usage': JSON.stringify({
    '178414': waits.map((minutes) => ({
      type: 'instagram',
      call_count: 100,
      total_cputime: 10,
      total_time: 12,
      estimated_time_to_regain_access: minutes,
    })),
  }),
})

type ErrorRow = readonly [
  status: number,
  body: unknown,
  outcome: OutcomeKind,
  headers?: Readonly<Record<string, string>>,
]

/** Throttling and bad moments: the same at every host and for every call. */
export const passing: readonly ErrorRow[] = [
  [500, {}, 'transient'],
  [502, page, 'transient'],
  [503, '', 'transient'],
  [400, page, 'transient'],
  [429, page, 'rate_limited', { 'retry-after': '60' }],
  [429, metaError(9999), 'rate_limited'],
  [429, metaError([190, 463]), 'rate_limited'],
  [
    403,
    metaError(4, '(#4) Application request limit reached', { is_transient: true }),
    'rate_limited',
    {
      'x-app-usage': '{"call_count":100,"total_cputime":25,"total_time":25}',
    },
  ],
  [400, metaError(17, '(#17) User request limit reached'), 'rate_limited'],
  [403, metaError(32, '(#32) Page request limit reached'), 'rate_limited', buc(19)],
  [400, metaError(613, 'Calls to this api have exceeded the rate limit.'), 'rate_limited'],
  [400, metaError([613, 1996]), 'rate_limited'],
  [400, metaError(80_001), 'rate_limited', buc(3, 19)],
  [
    400,
    metaError(80_002, '(#80002) There have been too many calls to this Instagram account.'),
    'rate_limited',
    buc(19),
  ],
  ...[80_000, 80_003, 80_004, 80_005, 80_006, 80_008, 80_009, 80_014].map(
    (code): ErrorRow => [400, metaError(code), 'rate_limited'],
  ),
  [400, metaError(341, 'Application limit reached'), 'rate_limited'],
  [400, metaError(368), 'transient'],
  [400, metaError([368, 4854002]), 'transient'],
  [
    500,
    metaError(2, 'An unexpected error has occurred. Please retry your request later.', { is_transient: true }),
    'transient',
  ],
  [400, metaError(2, 'Service temporarily unavailable'), 'transient'],
  [400, metaError(1, 'An unknown error occurred'), 'transient'],
  [400, metaError(9999, 'words', { is_transient: true }), 'transient'],
  [400, metaError(101, 'Cannot get application info due to a system error.'), 'transient'],
]

/** Our app is refused: the same at every host and for every call. */
export const appFaults: readonly ErrorRow[] = [
  [400, metaError(1, 'Error validating client secret.'), 'app_misconfigured'],
  [400, metaError(101, 'Missing client_id parameter'), 'app_misconfigured'],
  [400, metaError(101, 'Error validating application. Invalid application ID.'), 'app_misconfigured'],
  [
    400,
    metaError(100, 'API calls from the server require an appsecret_proof argument', graphMethod),
    'app_misconfigured',
  ],
  [400, metaError(100, 'Invalid appsecret_proof provided in the API argument', graphMethod), 'app_misconfigured'],
  [400, metaError(104, 'Incorrect signature'), 'app_misconfigured'],
  [400, metaError(190, 'Error validating application. Application has been deleted.'), 'app_misconfigured'],
  [400, metaError(200, 'API access blocked.'), 'app_misconfigured'],
  [400, metaError(200, 'API access deactivated. To reactivate, go to the app dashboard'), 'app_misconfigured'],
  [400, metaError(3, '(#3) Application does not have the capability to make this API call.'), 'app_misconfigured'],
  [400, { error_type: 'OAuthException', code: 400, error_message: 'Invalid platform app' }, 'app_misconfigured'],
  [400, metaError(4476002), 'app_misconfigured'],
  [400, metaError(2635, 'You are calling a deprecated version of the API.'), 'app_misconfigured'],
  [400, metaError(12, '(#12) This endpoint is deprecated'), 'app_misconfigured'],
]

const EXPIRED =
  'Error validating access token: Session has expired on Wednesday, 14-Oct-26 18:00:00 PDT. The current time is Thursday, 15-Oct-26 13:46:35 PDT.'
const PASSWORD =
  'Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.'

/** Deaths with a reason: number and subcode, words, and what follows for the token that they are about. */
export const deaths: readonly (readonly [readonly [code: number, subcode: number], message: string, OutcomeKind])[] = [
  [[190, 463], EXPIRED, 'token_expired'],
  [[190, 458], 'Error validating access token: The user has not authorized application 123.', 'revoked'],
  [[190, 459], 'The user has been checkpointed', 'revoked'],
  [[190, 460], PASSWORD, 'revoked'],
  [[190, 464], 'Sessions for the user are not allowed because the user is not a confirmed user.', 'revoked'],
  [[190, 467], 'Error validating access token', 'token_expired'],
  [[190, 492], 'The user must be an administrator, editor, or moderator of the page', 'revoked'],
  [[190, 493], 'The user has not engaged the app in longer than 90 days', 'token_expired'],
  ...[450, 452, 461, 462, 465, 466, 468].map((subcode) => [[190, subcode], 'legacy', 'token_expired'] as const),
  [[102, 463], EXPIRED, 'token_expired'],
]

/** The rows with a single answer. */
export const toRows = (rows: readonly ErrorRow[]): Row[] =>
  rows.map(([status, body, outcome, headers]) => ({ answers: [[status, body, headers ?? {}]], outcome }))
