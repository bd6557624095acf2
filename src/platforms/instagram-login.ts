import { readTokenResponse } from '../oauth/token-response.ts'
import { DAY_MS, HOUR_MS } from '../units.ts'
import { readFallback } from './fallback.ts'
import { readMetaError } from './meta-error.ts'
import type { Precheck, Strategy, Subject } from './strategy.ts'

const MINIMUM_AGE_MS = 24 * HOUR_MS
/** Asked again with an hour to spare: the platform's clock decides. */
const RETRY_AGE_MS = 25 * HOUR_MS
/** What the platform says to a token under the minimum age is not documented: until here, the age explains it. */
const TOO_YOUNG_UNTIL_MS = 26 * HOUR_MS

/**
 * Instagram through Instagram Login: the access token extends itself.
 *
 * Departs from RFC 6749 in that there is no refresh token and no client authentication; the token travels in the query
 * of a GET. It must be at least 24 hours old and not expired: after its end nothing renews it.
 *
 * @see {@link https://developers.facebook.com/documentation/instagram-platform/reference/refresh_access_token}
 */
export const instagramLogin: Strategy = {
  platform: 'INSTAGRAM',
  kind: 'instagram_login',
  app: 'INSTAGRAM',
  title: 'Instagram',
  origin: 'https://graph.instagram.com',
  needs: [],
  members: [],

  assumedLifetimeMs: 60 * DAY_MS,
  dueShare: [0.5, 0.66],
  checkEveryMs: null,
  minimumAgeMs: MINIMUM_AGE_MS,
  renewsItself: true,
  singleUse: false,
  graceMs: 0,
  replayEndsGrant: false,
  tellsClientFromGrant: false,

  canRenew: () => true,

  precheck,

  describe: ({ credential, baseUrl }) => ({
    method: 'GET',
    url: `${baseUrl}/refresh_access_token?${new URLSearchParams({
      grant_type: 'ig_refresh_token',
      access_token: credential.accessToken,
    })}`,
    hostFrom: 'platform',
    spendsToken: true,
  }),

  read(answer, subject) {
    const error = readMetaError(answer, subject.now)
    if (error !== null) return error
    const isSuccess = answer.status >= 200 && answer.status < 300
    const tokens = isSuccess ? readTokenResponse(answer) : null
    if (tokens !== null) {
      return { kind: 'renewed', tokens: { ...tokens, refreshToken: null, scopes: null, refreshTokenExpiresInMs: null } }
    }
    const code = isSuccess ? 'no_access_token' : `HTTP ${answer.status}`
    if (isSuccess || answer.status >= 500) return { kind: 'transient', code }
    const { issuedAt, now } = subject
    if (issuedAt !== null && now.getTime() - issuedAt.getTime() < TOO_YOUNG_UNTIL_MS) {
      return { kind: 'not_yet_refreshable', at: new Date(issuedAt.getTime() + TOO_YOUNG_UNTIL_MS), code }
    }
    return readFallback(answer, code)
  },
}

function precheck({ issuedAt, tokenExpiresAt, now }: Subject): Precheck {
  if (tokenExpiresAt !== null && tokenExpiresAt <= now) return { kind: 'cannot_renew', code: null }
  if (issuedAt === null) return { kind: 'ready' }
  // A token that does not live that long can only be asked for as it is.
  const outlivesMinimumAge = tokenExpiresAt === null || tokenExpiresAt.getTime() > issuedAt.getTime() + RETRY_AGE_MS
  const isTooYoung = now.getTime() - issuedAt.getTime() < MINIMUM_AGE_MS
  return outlivesMinimumAge && isTooYoung
    ? { kind: 'not_yet_refreshable', at: new Date(issuedAt.getTime() + RETRY_AGE_MS), code: 'too_young' }
    : { kind: 'ready' }
}
