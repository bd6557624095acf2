import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readLifetimeMs, readTokenResponse } from '../oauth/token-response.ts'
import { DAY_MS } from '../units.ts'
import { asInteger, asObject } from '../untrusted-json.ts'
import { readOpenId } from './open-id.ts'
import type { NextExchange, Reading, Strategy, Subject } from './strategy.ts'
import { readBusinessError } from './tiktok-business-error.ts'

/**
 * TikTok for Business ("TikTok Accounts"): a refresh may give a new refresh token, so the old one counts as spent.
 *
 * Departs from OAuth in everything: JSON instead of a form, and an envelope with status 200 whose `code` is 0 or an
 * error's number. An error's envelope has an empty `data`.
 *
 * @see {@link https://business-api.tiktok.com/portal/docs?id=1738084387220481}
 */
export const tiktokBusiness: Strategy = {
  platform: 'TIKTOK_BUSINESS',
  kind: null,
  app: 'TIKTOK_BUSINESS',
  title: 'TikTok for Business',
  origin: 'https://business-api.tiktok.com',
  needs: ['clientId', 'clientSecret'],
  members: [],

  assumedLifetimeMs: DAY_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: true,
  graceMs: 0,
  replayEndsGrant: true,
  // No source shows which of the two TikTok looks at first.
  tellsClientFromGrant: false,

  canRenew: ({ refreshToken }) => refreshToken !== null,

  describe: (subject) => ({
    ...post(subject, 'oauth2/refresh_token', {
      client_id: subject.clientId ?? '',
      client_secret: subject.clientSecret ?? '',
      grant_type: 'refresh_token',
      refresh_token: subject.credential.refreshToken ?? '',
    }),
    spendsToken: true,
  }),

  read(answer, subject) {
    const { code, data } = asObject(answer.json)
    const tokens = asInteger(code) === 0 ? readTokenResponse({ json: data }) : null
    if (tokens !== null) {
      const members = asObject(data)
      const changes = readOpenId(members, subject.credential)
      if (changes === null) return { kind: 'unknown', code: 'other_account' }
      const refreshTokenExpiresInMs = readLifetimeMs(members.refresh_token_expires_in)
      return { kind: 'renewed', tokens: { ...tokens, refreshTokenExpiresInMs, changes } }
    }
    const error = readBusinessError(answer, subject)
    return error.kind === 'about_access_token' ? askAboutAccessToken(subject, error.code) : error
  },
}

function post({ baseUrl }: Subject, path: string, json: unknown): Omit<HttpRequest, 'spendsToken'> {
  // Without the slash at the end it is a page that does not exist.
  return { method: 'POST', url: `${baseUrl}/open_api/v1.3/tt_user/${path}/`, json, hostFrom: 'platform' }
}

/**
 * The refusal was about an access token, which we were not even asked to show. So the platform is asked about the one
 * that we hold: only when it calls that dead too does the account end.
 */
function askAboutAccessToken(subject: Subject, code: string): NextExchange {
  const { clientId, credential } = subject
  const request = post(subject, 'token_info/get', { app_id: clientId ?? '', access_token: credential.accessToken })
  const read = (answer: Answer): Reading => {
    const found = readBusinessError(answer, { ...subject, failing: null })
    if (found.kind === 'revoked') return found
    const isDead = found.kind === 'about_access_token' || found.kind === 'token_expired'
    return { kind: isDead ? 'token_expired' : 'unknown', code }
  }
  return { kind: 'ask', exchange: { request: { ...request, spendsToken: false }, read } }
}
