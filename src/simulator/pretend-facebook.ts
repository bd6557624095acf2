import { createHmac } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DAY_MS } from '../units.ts'
import { type Grant, type Grants, makeToken } from './grants.ts'
import { refuseAsMeta } from './meta-refusal.ts'
import { CLIENT, clientSettings, type Pretend } from './pretend.ts'

/** Less than a worker waits for, so that the first look gives the user's token a longer life. */
const FIRST_USER_LIFE_MS = 20 * DAY_MS
const USER_LIFE_MS = 60 * DAY_MS
const DATA_ACCESS_MS = 90 * DAY_MS

const PAGE_TOKEN = 'EAAP'
const USER_TOKEN = 'EAAU'
const APP_TOKEN = `${CLIENT.id}|${CLIENT.secret}`

/**
 * Pretends to be Facebook for pages.
 *
 * The page's token of a real user with a long-lived token does not end, and a demo in which nothing happens shows nothing.
 * So the pretend users are of the careless sort: their pages' tokens were derived from something short-lived and end with
 * the account's lifetime, which no line of an import says and debug_token does. A worker that looks finds out, and derives
 * another one, over and over.
 */
export const pretendFacebookPage: Pretend = {
  platform: 'FACEBOOK_PAGE',
  kind: null,
  app: 'FACEBOOK',
  prefix: '/facebook',
  settings: (origin) => clientSettings('FACEBOOK', origin),
  // The user's token stands where others have a refresh token: it is what gets a page another one.
  makeTokens: () => ({ accessToken: makeToken(PAGE_TOKEN), refreshToken: makeToken(USER_TOKEN) }),
  describe: ({ refreshToken }) => ({
    line: { tokenExpiresAt: null },
    credential: {
      refreshToken: undefined,
      userAccessToken: refreshToken,
      userTokenExpiresAt: new Date(Date.now() + FIRST_USER_LIFE_MS).toISOString(),
    },
  }),
  routes,
}

/** Pretends to be Facebook for the Instagram account of a page. */
export const pretendInstagramFacebookLogin: Pretend = {
  ...pretendFacebookPage,
  platform: 'INSTAGRAM',
  kind: 'facebook_login',
}

/** Versions that are served; Meta takes each away two years after the next one. */
const VERSIONS = ['v22.0', 'v23.0', 'v24.0', 'v25.0', 'v26.0']

type Query = Readonly<Record<string, string>>
interface Call {
  Querystring: Query
  Params: Readonly<Record<string, string>>
}

function routes(server: FastifyInstance, grants: Grants): void {
  server.addHook<Call>('preHandler', async (request, reply) => refuseBadCall(request, reply))

  server.get<Call>('/:version/debug_token', ({ query }, reply) => {
    if (query.access_token !== APP_TOKEN) return refuseAsMeta(reply, 190, 'Invalid OAuth access token signature.')
    return reply.send({ data: stateOf(query.input_token ?? '', grants) })
  })
  server.get<Call>('/:version/oauth/access_token', ({ query }, reply) => exchange(query, grants, reply))
  server.get<Call>('/:version/me/accounts', ({ query }, reply) => {
    const user = findUser(query, grants)
    if (user === undefined) return refuseAsMeta(reply, [190, 460], 'The session has been invalidated')
    const page = { access_token: makePageToken(user, grants), id: `page-${user.externalId}` }
    return reply.send({ data: [{ ...page, instagram_business_account: { id: user.externalId } }], paging: {} })
  })
  server.get<Call>('/:version/:page', ({ query, params }, reply) => {
    const user = findUser(query, grants)
    if (user === undefined) return refuseAsMeta(reply, [190, 460], 'The session has been invalidated')
    if (query.fields !== 'access_token') return refuseAsMeta(reply, 100, 'Tried accessing nonexisting field')
    if (params.page !== user.externalId) return refuseAsMeta(reply, [100, 33], 'Unsupported get request.')
    return reply.send({ access_token: makePageToken(user, grants), id: user.externalId })
  })
}

/** What is asked of every call: a living version, and a proof of the very token that it is made with. */
async function refuseBadCall({ query, params }: FastifyRequest<Call>, reply: FastifyReply): Promise<void> {
  const { access_token: token = '', appsecret_proof: proof } = query
  if (!VERSIONS.includes(params.version ?? '')) {
    return refuseAsMeta(reply, 2635, 'You are calling a deprecated version of the API.')
  }
  const refuseProof = (message: string) => refuseAsMeta(reply, 100, message, 'GraphMethodException')
  if (proof === undefined) return refuseProof('API calls from the server require an appsecret_proof argument')
  if (proof !== createHmac('sha256', CLIENT.secret).update(token).digest('hex')) {
    return refuseProof('Invalid appsecret_proof provided in the API argument')
  }
}

function stateOf(shown: string, grants: Grants) {
  const dead = (error: object) => ({ error, is_valid: false, scopes: [] })
  const grant = grants.find(shown)
  if (grant === undefined) return dead({ code: 190, message: 'Invalid OAuth access token.' })
  const ours = { app_id: CLIENT.id, application: 'Demo', type: shown.startsWith(PAGE_TOKEN) ? 'PAGE' : 'USER' }
  if (grant.isDead) return { ...ours, ...dead({ code: 190, subcode: 458, message: 'The user has not authorized …' }) }
  const expiresAtMs = grant.issuedAtMs + grant.lifetimeMs
  if (shown === grant.refreshToken) return { ...ours, is_valid: true, expires_at: inSeconds(Date.now() + USER_LIFE_MS) }
  if (shown !== grant.accessToken || Date.now() > expiresAtMs) {
    return { ...ours, ...dead({ code: 190, subcode: 463, message: 'Session has expired' }) }
  }
  const dataAccess = inSeconds(Date.now() + DATA_ACCESS_MS)
  return { ...ours, is_valid: true, expires_at: inSeconds(expiresAtMs), data_access_expires_at: dataAccess }
}

const inSeconds = (ms: number) => Math.floor(ms / 1000)

function exchange(query: Query, grants: Grants, reply: FastifyReply) {
  const { grant_type: grantType, client_id: id, client_secret: secret, fb_exchange_token: shown = '' } = query
  if (id === undefined) return refuseAsMeta(reply, 101, 'Missing client_id parameter')
  if (id !== CLIENT.id) return refuseAsMeta(reply, 101, 'Error validating application. Invalid application ID.')
  if (secret !== CLIENT.secret) return refuseAsMeta(reply, 1, 'Error validating client secret.')
  if (grantType !== 'fb_exchange_token') return refuseAsMeta(reply, 100, 'Invalid grant_type')
  const user = findUser({ access_token: shown }, grants)
  if (user === undefined) return refuseAsMeta(reply, [190, 460], 'The session has been invalidated')
  user.refreshToken = makeToken(USER_TOKEN)
  grants.index(user.refreshToken, user)
  return reply.send({ access_token: user.refreshToken, token_type: 'bearer', expires_in: USER_LIFE_MS / 1000 })
}

/** An exchange leaves the earlier tokens of a user as they are. */
function findUser({ access_token: token = '' }: Query, grants: Grants): Grant | undefined {
  const grant = token.startsWith(USER_TOKEN) ? grants.find(token) : undefined
  return grant?.isDead ? undefined : grant
}

function makePageToken(user: Grant, grants: Grants): string {
  grants.renew(user, { accessToken: makeToken(PAGE_TOKEN), refreshToken: user.refreshToken })
  return user.accessToken
}
