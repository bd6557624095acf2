import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readTokenResponse } from '../oauth/token-response.ts'
import { DAY_MS, HOUR_MS } from '../units.ts'
import { GRAPH_VERSION } from './graph-version.ts'
import { hasRepeated, unconfirmed } from './meta-doubt.ts'
import { findMetaError, readMetaError, readVagueMetaError } from './meta-error.ts'
import { readMetaFallback } from './meta-usage.ts'
import type { NextExchange, Precheck, Reading, Strategy, Subject } from './strategy.ts'

const MINIMUM_AGE_MS = 24 * HOUR_MS
/** Asked again with an hour to spare: the platform's clock decides. */
const RETRY_AGE_MS = 25 * HOUR_MS
/** What the platform says to a token under the minimum age is not documented: until here, the age explains it. */
const TOO_YOUNG_UNTIL_MS = 26 * HOUR_MS
/** How long an ambiguous answer has to come back before it counts, while the token cannot be used for anything else. */
const AMBIGUOUS_DEATH_MS = 24 * HOUR_MS

/** What Instagram and Threads have in common. */
const scheme = {
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
  // No request carries anything of our app.
  tellsClientFromGrant: false,
  canRenew: () => true,
  precheck,
} as const

/**
 * Instagram through Instagram Login: the access token extends itself.
 *
 * Departs from RFC 6749 in that there is no refresh token and no client authentication; the token travels in the query
 * of a GET. It must be at least 24 hours old and not expired: after its end nothing renews it.
 *
 * @see {@link https://developers.facebook.com/documentation/instagram-platform/reference/refresh_access_token}
 */
export const instagramLogin: Strategy = {
  ...scheme,
  platform: 'INSTAGRAM',
  kind: 'instagram_login',
  app: 'INSTAGRAM',
  title: 'Instagram',
  origin: 'https://graph.instagram.com',
  describe: (subject) => extend('ig_refresh_token', subject),
  read: (answer, subject) => read(answer, subject, `/${GRAPH_VERSION}/me?fields=user_id,username`),
}

/**
 * Threads: the same scheme at another host. Permissions of private profiles end after 90 days all the same, which no
 * answer tells beforehand.
 *
 * @see {@link https://developers.facebook.com/docs/threads/get-started/long-lived-tokens/}
 */
export const threads: Strategy = {
  ...scheme,
  platform: 'THREADS',
  kind: null,
  app: 'THREADS',
  title: 'Threads',
  origin: 'https://graph.threads.net',
  describe: (subject) => extend('th_refresh_token', subject),
  read: (answer, subject) => read(answer, subject, '/v1.0/me?fields=id,username'),
}

const extend = (grantType: string, { credential, baseUrl }: Subject): HttpRequest => ({
  method: 'GET',
  url: `${baseUrl}/refresh_access_token?${new URLSearchParams({
    grant_type: grantType,
    access_token: credential.accessToken,
  })}`,
  hostFrom: 'platform',
  spendsToken: true,
})

function read(answer: Answer, subject: Subject, probePath: string): Reading | NextExchange {
  const error = findMetaError(answer.json)
  if (error === null) return readWithoutError(answer, subject)
  const verdict = readMetaError(error, answer, subject)
  if (verdict?.kind === 'ambiguous') return probe(verdict.code, subject, probePath)
  return verdict ?? tooYoung(error.code, subject) ?? readVagueMetaError(error, subject)
}

function readWithoutError(answer: Answer, subject: Subject): Reading {
  const { status } = answer
  const isSuccess = status >= 200 && status < 300
  const tokens = isSuccess ? readTokenResponse(answer) : null
  if (tokens !== null) {
    return { kind: 'renewed', tokens: { ...tokens, refreshToken: null, scopes: null, refreshTokenExpiresInMs: null } }
  }
  if (isSuccess) return { kind: 'transient', code: 'no_access_token' }
  const reading = readMetaFallback(answer, subject.now)
  return reading.kind === 'unknown' ? (tooYoung(reading.code, subject) ?? reading) : reading
}

/** Asks with the same token for something that every living one may see. */
function probe(code: string, subject: Subject, path: string): NextExchange {
  const { credential, baseUrl } = subject
  const url = `${baseUrl}${path}&${new URLSearchParams({ access_token: credential.accessToken })}`
  return {
    kind: 'ask',
    exchange: {
      request: { method: 'GET', url, hostFrom: 'platform', spendsToken: false },
      read: (answer) => readProbe(answer, subject, code),
    },
  }
}

/** @param code of the ambiguous answer that led to the probe */
function readProbe(answer: Answer, subject: Subject, code: string): Reading {
  const error = findMetaError(answer.json)
  if (error !== null) {
    const verdict = readMetaError(error, answer, subject)
    if (verdict !== null && verdict.kind !== 'ambiguous') return verdict
    if (verdict === null && error.number !== 100) return readVagueMetaError(error, subject)
    // A token that sees neither is of no use; whether for good, only time tells.
    return hasRepeated(code, subject, AMBIGUOUS_DEATH_MS) ? { kind: 'token_expired', code } : unconfirmed(code)
  }
  const isAlive = answer.status >= 200 && answer.status < 300 && answer.json !== undefined
  return isAlive ? (tooYoung(code, subject) ?? { kind: 'unknown', code }) : readMetaFallback(answer, subject.now)
}

function tooYoung(code: string, { issuedAt, now }: Subject): Reading | null {
  if (issuedAt === null || now.getTime() - issuedAt.getTime() >= TOO_YOUNG_UNTIL_MS) return null
  return { kind: 'not_yet_refreshable', at: new Date(issuedAt.getTime() + TOO_YOUNG_UNTIL_MS), code }
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
