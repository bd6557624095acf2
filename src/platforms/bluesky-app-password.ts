import { peekJwtClaims, peekJwtLifetimeMs } from '../oauth/jwt.ts'
import { refusalOfOrigin } from '../oauth/public-origin.ts'
import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { MINUTE_MS } from '../units.ts'
import { asCode, asObject, asText, asToken } from '../untrusted-json.ts'
import { describeDidDocument, readPdsUrl } from './did.ts'
import { readFallback } from './fallback.ts'
import type { NextExchange, Reading, Strategy, Subject } from './strategy.ts'

/**
 * Bluesky with a session that was opened by an app password. Each account has its own server (PDS), found through its
 * DID when it is not known.
 *
 * Departs from OAuth in everything: the refresh token is the Bearer token of a POST without a body. A spent one gets the
 * same successor for two hours, so that an answer which was lost on the way can be asked for again.
 *
 * @see {@link https://docs.bsky.app/docs/api/com-atproto-server-refresh-session}
 */
export const blueskyAppPassword: Strategy = {
  platform: 'BLUESKY',
  kind: 'app_password',
  app: 'BLUESKY',
  title: 'Bluesky',
  origin: 'https://bsky.social',
  needs: [],
  members: ['pdsUrl', 'did', 'appPassword'],

  // For a token that does not show its end: short, since the documentation promises minutes.
  assumedLifetimeMs: 10 * MINUTE_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: true,
  graceMs: 120 * MINUTE_MS,
  replayEndsGrant: false,
  tellsClientFromGrant: false,

  canRenew: ({ refreshToken, appPassword, did }) =>
    refreshToken !== null || (appPassword !== undefined && did !== undefined),

  describe(subject) {
    const { credential, plcUrl } = subject
    if (credential.pdsUrl !== undefined) return firstRequest(subject, credential.pdsUrl)
    const document = describeDidDocument(credential.did ?? '', plcUrl)
    if (document === null) throw new Error('an account without a server and without a DID was imported')
    return document
  },

  read(answer, subject) {
    const { pdsUrl } = subject.credential
    if (pdsUrl !== undefined) return readSession(answer, subject, pdsUrl)
    const found = readPdsUrl(answer.json)
    if (found === null) return { kind: 'transient', code: 'did_not_resolved' }
    return ask(firstRequest(subject, found), (session) => readSession(session, subject, found))
  },
}

function firstRequest(subject: Subject, pdsUrl: string): HttpRequest {
  const { refreshToken } = subject.credential
  return refreshToken === null ? createSession(subject, pdsUrl) : refreshSession(refreshToken, pdsUrl)
}

function refreshSession(refreshToken: string, pdsUrl: string): HttpRequest {
  return {
    method: 'POST',
    url: `${pdsUrl}/xrpc/com.atproto.server.refreshSession`,
    headers: { authorization: `Bearer ${refreshToken}`, accept: 'application/json' },
    hostFrom: 'account',
    spendsToken: true,
  }
}

function createSession({ credential }: Subject, pdsUrl: string): HttpRequest {
  return {
    method: 'POST',
    url: `${pdsUrl}/xrpc/com.atproto.server.createSession`,
    headers: { accept: 'application/json' },
    json: { identifier: credential.did, password: credential.appPassword },
    hostFrom: 'account',
    spendsToken: false,
  }
}

function readSession(answer: Answer, subject: Subject, pdsUrl: string): Reading | NextExchange {
  const { status } = answer
  const body = asObject(answer.json)
  const code = asCode(body.error) ?? `HTTP ${status}`
  const message = asText(body.message)

  if (status === 429) {
    const retryAfterMs = readRetryHintMs(answer, 'ratelimit-reset', subject.now)
    return { kind: 'rate_limited', code, scope: 'account', retryAfterMs }
  }
  if (status === 200) return readNewSession(body, subject, pdsUrl)
  if (code === 'AccountTakedown') return { kind: 'revoked', code }
  if (code === 'AuthMissing' || /malformed authorization header/i.test(message))
    return { kind: 'app_misconfigured', code, scope: 'account' }
  if (code === 'ExpiredToken') return openNewSession(subject, pdsUrl, code)
  // The token is not this server's: the account moved away, or the server changed its keys.
  if (code === 'InvalidToken')
    return askWhetherMoved(subject, pdsUrl, code, () => openNewSession(subject, pdsUrl, code))
  if (code === 'AccountNotFound' || /could not find user info/i.test(message)) {
    return askWhetherMoved(subject, pdsUrl, code, () => ({ kind: 'revoked', code }))
  }
  if (code === 'InvalidRequest') return { kind: 'app_misconfigured', code, scope: 'account' }
  // Not a server of this kind any more.
  if (status === 404 || status === 501) return { kind: 'transient', code }
  return readFallback(answer, code)
}

/** The refresh token is dead; the app password, where we have it, opens another session. */
function openNewSession(subject: Subject, pdsUrl: string, code: string): Reading | NextExchange {
  const { credential } = subject
  if (credential.appPassword === undefined || didOf(subject) === null) return { kind: 'token_expired', code }
  const withDid = { ...subject, credential: { ...credential, did: didOf(subject) ?? '' } }
  return ask(createSession(withDid, pdsUrl), (answer) => {
    const body = asObject(answer.json)
    const refusal = asCode(body.error) ?? `HTTP ${answer.status}`
    if (answer.status === 200) return readNewSession(body, subject, pdsUrl)
    if (refusal === 'AuthenticationRequired' || refusal === 'AccountTakedown') return { kind: 'revoked', code: refusal }
    // A main password with a second factor was stored: it cannot open sessions by itself.
    if (refusal === 'AuthFactorTokenRequired') return { kind: 'token_expired', code: refusal }
    if (answer.status !== 429) return readFallback(answer, refusal)
    const retryAfterMs = readRetryHintMs(answer, 'ratelimit-reset', subject.now)
    return { kind: 'rate_limited', code: refusal, scope: 'account', retryAfterMs }
  })
}

/** App passwords do not move with an account: one that lives elsewhere now has to be connected again. */
function askWhetherMoved(
  subject: Subject,
  pdsUrl: string,
  code: string,
  stayed: () => Reading | NextExchange,
): Reading | NextExchange {
  const document = describeDidDocument(didOf(subject) ?? '', subject.plcUrl)
  if (document === null) return stayed()
  return ask(document, (answer) => {
    const found = readPdsUrl(answer.json)
    if (found === null) return { kind: 'transient', code: 'did_not_resolved' }
    return isSameServer(found, pdsUrl) ? stayed() : { kind: 'token_expired', code }
  })
}

function readNewSession(body: Readonly<Record<string, unknown>>, subject: Subject, pdsUrl: string): Reading {
  const accessToken = asToken(body.accessJwt)
  const refreshToken = asToken(body.refreshJwt)
  if (accessToken === null || refreshToken === null) return { kind: 'transient', code: 'no_access_token' }
  const did = didOf(subject)
  if (did !== null && body.did !== did) return { kind: 'unknown', code: 'other_account' }
  const movedTo = readPdsUrl(body.didDoc)
  return {
    kind: 'renewed',
    tokens: {
      accessToken,
      refreshToken,
      expiresInMs: peekJwtLifetimeMs(accessToken),
      refreshTokenExpiresInMs: peekJwtLifetimeMs(refreshToken),
      scopes: null,
      changes: {
        pdsUrl: movedTo !== null && refusalOfOrigin(movedTo) === null ? movedTo : pdsUrl,
        ...(typeof body.did === 'string' && /^did:[\w.:%-]{1,200}$/.test(body.did) ? { did: body.did } : {}),
      },
    },
  }
}

/** The account's DID: as it was connected, else as its refresh token names it. */
function didOf({ credential }: Subject): string | null {
  const { sub } = peekJwtClaims(credential.refreshToken ?? '')
  return credential.did ?? (typeof sub === 'string' && sub.startsWith('did:') ? sub : null)
}

/** Servers of Bluesky itself answer for each other, through bsky.social. */
function isSameServer(one: string, other: string): boolean {
  const isBlueskys = (url: string) => /^https:\/\/(bsky\.social|[\w.-]+\.host\.bsky\.network)$/.test(url)
  return one === other || (isBlueskys(one) && isBlueskys(other))
}

const ask = (request: HttpRequest, read: (answer: Answer) => Reading | NextExchange): NextExchange => ({
  kind: 'ask',
  exchange: { request, read },
})
