import { facebookPage, instagramFacebookLogin } from '../../../src/platforms/facebook-login.ts'
import type { OutcomeKind } from '../../../src/rules/outcome.ts'
import { CLIENT } from '../../../src/simulator/pretend.ts'
import { appFaults, deaths, metaError, page, passing, toRows } from './meta.ts'
import { type Row, row, type Table, type Wire } from './row.ts'

const FAR_S = 4_000_000_000

/** What debug_token says of a token that works. */
export const alive = (members: object = {}): Wire => [
  200,
  {
    data: { app_id: CLIENT.id, type: 'PAGE', is_valid: true, expires_at: 0, data_access_expires_at: FAR_S, ...members },
  },
]

/** What debug_token says of a token that does not; it writes `subcode`. */
export const dead = (error?: object, members: object = {}): Wire => [
  200,
  { data: { app_id: CLIENT.id, type: 'PAGE', is_valid: false, ...(error === undefined ? {} : { error }), ...members } },
]

export const deadOf = ([code, subcode]: readonly [number, number], message = 'words') =>
  dead({ code, subcode, message })

const refused = (...error: Parameters<typeof metaError>): Wire => [400, metaError(...error)]
const exchanged: Wire = [200, { access_token: 'EAAUnew', token_type: 'bearer', expires_in: 5_183_944 }]
const userIsDead = refused([190, 460], 'The session has been invalidated')

// Where there is something to win, the user's token is asked; it is dead here as well.
const after = (first: Wire, outcome: OutcomeKind): Row => ({ answers: [first, userIsDead], outcome })
const optional = (answers: readonly Wire[], outcome: OutcomeKind): Row => ({ answers: [alive(), ...answers], outcome })

/** For accounts with a user's token that has less than 30 days left, as the pretend ones have it. */
const rows: readonly Row[] = [
  // The look itself. Whatever is wrong with it is about our app.
  ...toRows(passing),
  ...toRows(appFaults),
  ...deaths.map(([code, message]) => row(400, metaError(code, message), 'app_misconfigured')),
  row(400, metaError(190, 'Invalid OAuth access token signature.'), 'app_misconfigured'),
  row(401, metaError(102), 'app_misconfigured'),
  row(400, metaError(10), 'app_misconfigured'),
  row(400, metaError(200), 'app_misconfigured'),
  row(400, metaError([100, 33], 'Unsupported get request.'), 'app_misconfigured'),
  row(400, metaError(100, '(#100) You must provide an app access token'), 'app_misconfigured'),
  row(400, metaError(100, 'The App_id in the input_token did not match the Viewing App'), 'unknown'),
  row(400, metaError(9999), 'unknown'),
  row(400, {}, 'unknown'),
  row(200, {}, 'transient'),
  row(200, { data: {} }, 'transient'),
  row(200, { data: { is_valid: 'yes' } }, 'transient'),
  row(200, page, 'transient'),
  { answers: [alive({ app_id: '999' })], outcome: 'unknown' },
  { answers: [dead({ code: 190, subcode: 463 }, { app_id: '999' })], outcome: 'unknown' },

  // The page's token is dead.
  ...deaths.map(([code, message, outcome]): Row => {
    const isAsked = outcome === 'token_expired' || code[1] === 492
    return isAsked ? after(deadOf(code, message), outcome) : { answers: [deadOf(code, message)], outcome }
  }),
  { answers: [dead({ code: 190, message: 'Invalid OAuth access token.' })], outcome: 'transient' },
  { answers: [dead()], outcome: 'transient' },
  { answers: [dead({ code: 200, message: 'API access blocked.' })], outcome: 'app_misconfigured' },
  { answers: [dead({ code: 190, message: 'Application has been deleted' })], outcome: 'app_misconfigured' },
  { answers: [dead({ code: 200, message: 'words' })], outcome: 'revoked' },
  { answers: [dead({ code: 10, message: 'words' })], outcome: 'revoked' },
  { answers: [dead({ code: 100, subcode: 33, message: 'words' })], outcome: 'unknown' },
  { answers: [dead({ code: 9999, message: 'words' })], outcome: 'unknown' },

  // Another one for a page that lost its own.
  { answers: [deadOf([190, 492]), refused([100, 33], 'Unsupported get request.')], outcome: 'revoked' },
  { answers: [deadOf([190, 492]), refused(200, 'Permissions error')], outcome: 'revoked' },
  { answers: [deadOf([190, 492]), refused(100, 'Invalid appsecret_proof provided')], outcome: 'revoked' },
  { answers: [deadOf([190, 492]), refused(200, 'API access blocked.')], outcome: 'app_misconfigured' },
  { answers: [deadOf([190, 492]), refused(17)], outcome: 'rate_limited' },
  { answers: [deadOf([190, 492]), refused(2)], outcome: 'transient' },
  { answers: [deadOf([190, 492]), [502, page]], outcome: 'transient' },
  { answers: [deadOf([190, 492]), [200, page]], outcome: 'transient' },

  // The user's token gets a longer life, or not: the page works all the same.
  optional([exchanged], 'renewed'),
  optional([[200, { access_token: 'EAAUnew', token_type: 'bearer' }]], 'renewed'),
  optional([[200, { access_token: 'EAAUnew', token_type: 'bearer', expires_in: 20 * 86_400 }]], 'healthy'),
  optional([[200, { token_type: 'bearer' }]], 'healthy'),
  optional([[200, page]], 'healthy'),
  optional([[502, page]], 'healthy'),
  ...[
    refused([190, 463]),
    userIsDead,
    refused(190),
    refused(100),
    refused([100, 33]),
    refused(10),
    refused(200),
    refused(17),
    refused(4),
    refused(2),
    refused(368),
    refused(9999),
    refused(101, 'Cannot get application info due to a system error.'),
  ].map((answer) => optional([answer], 'healthy')),
  ...appFaults.map(([status, body]) => optional([[status, body]], 'app_misconfigured')),

  // A page's token that ends is replaced, or not.
  { answers: [alive({ expires_at: FAR_S }), userIsDead, userIsDead], outcome: 'healthy' },
  { answers: [alive({ expires_at: FAR_S }), userIsDead, refused(3)], outcome: 'app_misconfigured' },
  { answers: [alive({ expires_at: FAR_S }), exchanged, [502, page]], outcome: 'renewed' },
]

/** The platform has no token for the page: it is asked for by its id, or looked for among all pages of the user. */
const noToken: Wire = [200, { id: '1784' }]
const otherPages: Wire = [
  200,
  {
    data: [
      { id: '1', access_token: 'EAAPother' },
      { id: '2', access_token: 'EAAPother', instagram_business_account: { id: 'other' } },
    ],
    paging: {},
  },
]

export const facebookPageTable: Table = {
  strategy: facebookPage,
  rows: [
    ...rows,
    { answers: [deadOf([190, 492]), noToken], outcome: 'revoked' },
    { answers: [deadOf([190, 463]), noToken], outcome: 'revoked' },
    { answers: [alive({ expires_at: FAR_S }), userIsDead, noToken], outcome: 'healthy' },
  ],
}

export const instagramFacebookLoginTable: Table = {
  strategy: instagramFacebookLogin,
  rows: [
    ...rows,
    { answers: [deadOf([190, 492]), otherPages], outcome: 'revoked' },
    // A page that belongs to a business may be missing from the list.
    { answers: [deadOf([190, 463]), otherPages], outcome: 'token_expired' },
    { answers: [alive({ expires_at: FAR_S }), userIsDead, otherPages], outcome: 'healthy' },
  ],
}

/** Apart from the tables, since these answers name the account or a new token that is shown in the next request. */
export function derivations(pageToken: Wire): readonly Row[] {
  const revived = [pageToken, alive()]
  return [
    { answers: [deadOf([190, 492]), ...revived], outcome: 'renewed' },
    { answers: [deadOf([190, 463]), ...revived], outcome: 'renewed' },
    { answers: [deadOf([190, 492]), pageToken, deadOf([190, 492])], outcome: 'revoked' },
    { answers: [deadOf([190, 463]), pageToken, deadOf([190, 463])], outcome: 'token_expired' },
    { answers: [deadOf([190, 492]), pageToken, [502, page]], outcome: 'transient' },
    { answers: [alive({ expires_at: FAR_S }), exchanged, ...revived], outcome: 'renewed' },
    { answers: [alive({ expires_at: FAR_S }), userIsDead, ...revived], outcome: 'renewed' },
    {
      answers: [alive({ expires_at: FAR_S }), userIsDead, pageToken, alive({ expires_at: FAR_S })],
      outcome: 'renewed',
    },
    { answers: [alive({ expires_at: FAR_S }), userIsDead, pageToken, deadOf([190, 463])], outcome: 'healthy' },
    { answers: [alive({ expires_at: FAR_S }), userIsDead, pageToken, [502, page]], outcome: 'healthy' },
  ]
}

export const pageTokenOf = (id: string): Wire => [200, { access_token: 'EAAPnew', id }]

export const pagesOf = (id: string): Wire => [
  200,
  {
    data: [
      { id: '2', access_token: 'EAAPother' },
      { id: '3', access_token: 'EAAPnew', instagram_business_account: { id } },
    ],
  },
]
