import { createHmac } from 'node:crypto'
import type { HttpRequest } from '../oauth/request.ts'
import { GRAPH_VERSION } from './graph-version.ts'
import type { Subject } from './strategy.ts'

/**
 * Asks what becomes of a token, as our app.
 *
 * @see {@link https://developers.facebook.com/docs/facebook-login/guides/%20access-tokens/debugging}
 */
export const requestTokenState = (token: string, subject: Subject): HttpRequest =>
  graphRequest('debug_token', { input_token: token }, { accessToken: appToken(subject), subject })

/**
 * Asks for a longer life of a user's token that has not ended.
 *
 * Sent with our app's token, as Meta's own SDK does it, since an app can require a proof with every call.
 *
 * @see {@link https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived}
 */
export function requestLongerLife(userToken: string, subject: Subject): HttpRequest {
  const { clientId, clientSecret } = subject
  const client = { client_id: clientId ?? '', client_secret: clientSecret ?? '' }
  const params = { grant_type: 'fb_exchange_token', ...client, fb_exchange_token: userToken }
  return graphRequest('oauth/access_token', params, { accessToken: appToken(subject), subject })
}

/** Asks, as the user, for the token of a page. */
export const requestPageToken = (userToken: string, subject: Subject): HttpRequest =>
  graphRequest(encodeURIComponent(subject.externalId), { fields: 'access_token' }, { accessToken: userToken, subject })

/** Asks, as the user, for the tokens of all pages: an Instagram account is found by the page that it belongs to. */
export const requestPages = (userToken: string, subject: Subject): HttpRequest =>
  graphRequest(
    'me/accounts',
    { fields: 'access_token,instagram_business_account', limit: '100' },
    { accessToken: userToken, subject },
  )

const appToken = ({ clientId, clientSecret }: Subject) => `${clientId}|${clientSecret}`

/**
 * A call of the Graph API, with a proof that whoever holds the token also knows the app's secret.
 *
 * @see {@link https://developers.facebook.com/docs/graph-api/guides/secure-requests}
 */
function graphRequest(
  path: string,
  params: Readonly<Record<string, string>>,
  { accessToken, subject }: { accessToken: string; subject: Subject },
): HttpRequest {
  // Of the very token of this call: a proof of another token is refused.
  const proof = createHmac('sha256', subject.clientSecret ?? '')
    .update(accessToken)
    .digest('hex')
  const query = new URLSearchParams({ ...params, access_token: accessToken, appsecret_proof: proof })
  return {
    method: 'GET',
    url: `${subject.baseUrl}/${GRAPH_VERSION}/${path}?${query}`,
    hostFrom: 'platform',
    spendsToken: false,
  }
}
