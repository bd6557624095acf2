import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { readTokenResponse } from '../oauth/token-response.ts'
import { MINUTE_MS } from '../units.ts'
import { asCode, asObject } from '../untrusted-json.ts'
import { ask } from './ask.ts'
import { describeHome, type Holder, type Home, readHome } from './bluesky-issuer.ts'
import { readRefusal } from './bluesky-oauth-refusal.ts'
import type { Credential } from './credential.ts'
import type { NextExchange, Reading, Strategy, Subject } from './strategy.ts'

/**
 * Bluesky with OAuth. Each account has its own server and that one its own authorization server, found anew before every
 * refresh, so that the request with the token is the last one and nothing stands between it and the commit.
 *
 * Departs from RFC 6749 in that a used refresh token ends the whole session, that the request is signed with the
 * session's own key (DPoP) and, by a confidential client, with the client's, and that the server first hands out a nonce.
 *
 * @see {@link https://atproto.com/specs/oauth}
 * @see rfc9449#section-5
 */
export const blueskyOAuth: Strategy = {
  platform: 'BLUESKY',
  kind: 'oauth',
  app: 'BLUESKY',
  title: 'Bluesky',
  origin: 'https://bsky.social',
  needs: ['clientId'],
  members: ['did', 'issuer', 'dpopKey'],

  assumedLifetimeMs: 15 * MINUTE_MS,
  dueShare: [0.75, 0.85],
  checkEveryMs: null,
  minimumAgeMs: 0,
  renewsItself: false,
  singleUse: true,
  graceMs: 0,
  replayEndsGrant: true,
  tellsClientFromGrant: false,

  canRenew: (credential) => credential.refreshToken !== null && findSession(credential) !== null,

  describe: ({ credential, plcUrl }) => describeHome(sessionOf(credential).did, plcUrl),

  read: (answer, subject) =>
    readHome(answer, subject, sessionOf(subject.credential), (home) => askForTokens(home, subject, readOrRetry)),
}

type Session = Holder & Pick<Required<Credential>, 'dpopKey'>

function findSession({ did, issuer, dpopKey }: Credential): Session | null {
  return did === undefined || issuer === undefined || dpopKey === undefined ? null : { did, issuer, dpopKey }
}

function sessionOf(credential: Credential): Session {
  const session = findSession(credential)
  if (session === null) throw new Error('an OAuth account without its DID, issuer or key was imported')
  return session
}

type ReadTokens = (answer: Answer, home: Home, subject: Subject) => Reading | NextExchange

const askForTokens = (home: Home, subject: Subject, read: ReadTokens): NextExchange =>
  ask(describeTokenRequest(home, subject), (answer) => read(answer, home, subject))

function describeTokenRequest({ tokenEndpoint }: Home, { credential, clientId, clientKey }: Subject): HttpRequest {
  const { issuer, dpopKey } = sessionOf(credential)
  const id = clientId ?? ''
  return {
    method: 'POST',
    url: tokenEndpoint,
    headers: { accept: 'application/json' },
    form: { grant_type: 'refresh_token', refresh_token: credential.refreshToken ?? '', client_id: id },
    hostFrom: 'account',
    spendsToken: true,
    proof: { dpopKey, client: clientKey === null ? null : { id, issuer, key: clientKey } },
  }
}

/** The server wants its newest nonce in the proof, which it has just sent; the token is not spent by that. */
function readOrRetry(answer: Answer, home: Home, subject: Subject): Reading | NextExchange {
  const wantsNonce = wordOf(answer) === 'use_dpop_nonce' && answer.headers['dpop-nonce'] !== undefined
  return wantsNonce ? askForTokens(home, subject, readTokens) : readTokens(answer, home, subject)
}

function readTokens(answer: Answer, home: Home, subject: Subject): Reading | NextExchange {
  const { status, json } = answer
  const { did, issuer } = sessionOf(subject.credential)
  if (status === 429) {
    const retryAfterMs = readRetryHintMs(answer, 'ratelimit-reset', subject.now)
    return { kind: 'rate_limited', code: wordOf(answer), scope: 'account', retryAfterMs }
  }
  if (status < 200 || status >= 300) return readRefusal(answer, { did, issuer, pdsUrl: home.pdsUrl })
  const tokens = readTokenResponse(answer)
  if (tokens === null) return { kind: 'transient', code: 'no_access_token' }
  if (asObject(json).sub !== did) return { kind: 'unknown', code: 'other_account' }
  // How long the session lives is not said: weeks for a public client, months for a confidential one.
  return { kind: 'renewed', tokens: { ...tokens, refreshTokenExpiresInMs: null } }
}

const wordOf = ({ json, status }: Answer) => asCode(asObject(json).error) ?? `HTTP ${status}`
