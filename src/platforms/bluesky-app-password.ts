import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { MINUTE_MS } from '../units.ts'
import { asCode, asObject, asText } from '../untrusted-json.ts'
import { ask } from './ask.ts'
import { createSession, didOf, readNewSession, refreshSession } from './bluesky-session.ts'
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
    if (pdsUrl !== undefined) return readFirst(answer, subject, pdsUrl)
    const found = readPdsUrl(answer.json, didOf(subject))
    if (found === null) return unresolved(answer, subject)
    return ask(firstRequest(subject, found), (session) => readFirst(session, subject, found))
  },
}

function firstRequest(subject: Subject, pdsUrl: string): HttpRequest {
  const { refreshToken } = subject.credential
  return refreshToken === null ? createSession(subject, pdsUrl) : refreshSession(refreshToken, pdsUrl)
}

function readFirst(answer: Answer, subject: Subject, pdsUrl: string): Reading | NextExchange {
  const read = subject.credential.refreshToken === null ? readCreated : readRefreshed
  return read(answer, subject, pdsUrl)
}

function readRefreshed(answer: Answer, subject: Subject, pdsUrl: string): Reading | NextExchange {
  const { status, json } = answer
  const code = wordOf(answer)
  const message = asText(asObject(json).message)

  if (status === 429) return slowDown(answer, subject)
  if (status === 200 && json !== undefined) return readNewSession(answer, subject, pdsUrl)
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
  return readStranger(answer, subject, pdsUrl)
}

function readCreated(answer: Answer, subject: Subject, pdsUrl: string): Reading | NextExchange {
  const code = wordOf(answer)
  if (answer.status === 429) return slowDown(answer, subject)
  if (answer.status === 200 && answer.json !== undefined) return readNewSession(answer, subject, pdsUrl)
  // The app password is gone; of an account that was taken down the server says the same.
  if (code === 'AuthenticationRequired' || code === 'AccountTakedown') return { kind: 'revoked', code }
  // A main password with a second factor was stored: it cannot open sessions by itself.
  if (code === 'AuthFactorTokenRequired') return { kind: 'token_expired', code }
  return readStranger(answer, subject, pdsUrl)
}

/** The refresh token is dead; the app password, where we have it, opens another session. */
function openNewSession(subject: Subject, pdsUrl: string, code: string): Reading | NextExchange {
  if (subject.credential.appPassword === undefined || didOf(subject) === null) return { kind: 'token_expired', code }
  return ask(createSession(subject, pdsUrl), (answer) => readCreated(answer, subject, pdsUrl))
}

/** What no rule knows; where it does not look like a server of this kind any more, the account may have moved away. */
function readStranger(answer: Answer, subject: Subject, pdsUrl: string): Reading | NextExchange {
  const { status, json } = answer
  const code = wordOf(answer)
  const isGateway = status >= 500 && status !== 501
  const isStranger = status === 404 || status === 501 || json === undefined
  if (isGateway || !isStranger) return readFallback(answer, code)
  return askWhetherMoved(subject, pdsUrl, code, () => ({ kind: 'transient', code }))
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
    const found = readPdsUrl(answer.json, didOf(subject))
    if (found === null) return unresolved(answer, subject)
    return isSameServer(found, pdsUrl) ? stayed() : { kind: 'token_expired', code }
  })
}

function unresolved(answer: Answer, subject: Subject): Reading {
  return answer.status === 429 ? slowDown(answer, subject) : { kind: 'transient', code: 'did_not_resolved' }
}

/** Limits are those of one server, or of the directory, for our address. */
function slowDown(answer: Answer, { now }: Subject): Reading {
  const retryAfterMs = readRetryHintMs(answer, 'ratelimit-reset', now)
  return { kind: 'rate_limited', code: wordOf(answer), scope: 'account', retryAfterMs }
}

/** Servers of Bluesky itself answer for each other, through bsky.social. */
function isSameServer(one: string, other: string): boolean {
  const isBlueskys = (url: string) => /^https:\/\/(bsky\.social|[\w.-]+\.host\.bsky\.network)$/.test(url)
  return one === other || (isBlueskys(one) && isBlueskys(other))
}

const wordOf = ({ json, status }: Answer) => asCode(asObject(json).error) ?? `HTTP ${status}`
