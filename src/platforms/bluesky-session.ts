import { peekJwtClaims, peekJwtLifetimeMs } from '../oauth/jwt.ts'
import { refusalOfOrigin } from '../oauth/public-origin.ts'
import type { Answer, HttpRequest } from '../oauth/request.ts'
import { asObject, asToken } from '../untrusted-json.ts'
import { readPdsUrl } from './did.ts'
import type { Reading, Subject } from './strategy.ts'

/** The refresh token is the Bearer token of a POST without a body; even an empty JSON object is refused. */
export function refreshSession(refreshToken: string, pdsUrl: string): HttpRequest {
  return {
    method: 'POST',
    url: `${pdsUrl}/xrpc/com.atproto.server.refreshSession`,
    headers: { authorization: `Bearer ${refreshToken}`, accept: 'application/json' },
    hostFrom: 'account',
    spendsToken: true,
  }
}

/** Opens another session with the app password. */
export function createSession(subject: Subject, pdsUrl: string): HttpRequest {
  return {
    method: 'POST',
    url: `${pdsUrl}/xrpc/com.atproto.server.createSession`,
    headers: { accept: 'application/json' },
    json: { identifier: didOf(subject) ?? '', password: subject.credential.appPassword },
    hostFrom: 'account',
    spendsToken: false,
  }
}

/** Reads the session in a successful answer of either; that of a deactivated account is one like any other. */
export function readNewSession({ json }: Answer, subject: Subject, pdsUrl: string): Reading {
  const body = asObject(json)
  const accessToken = asToken(body.accessJwt)
  const refreshToken = asToken(body.refreshJwt)
  if (accessToken === null || refreshToken === null) return { kind: 'transient', code: 'no_access_token' }
  const did = didOf(subject)
  if (did !== null && body.did !== did) return { kind: 'unknown', code: 'other_account' }
  const named = typeof body.did === 'string' && /^did:[\w.:%-]{1,200}$/.test(body.did) ? body.did : null
  const movedTo = readPdsUrl(body.didDoc, named)
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
        ...(named === null ? {} : { did: named }),
      },
    },
  }
}

/** The account's DID: as it was connected, else as its refresh token names it. */
export function didOf({ credential }: Subject): string | null {
  const { sub } = peekJwtClaims(credential.refreshToken ?? '')
  return credential.did ?? (typeof sub === 'string' && sub.startsWith('did:') ? sub : null)
}
