import type { Answer } from '../oauth/request.ts'
import { readTokenResponse } from '../oauth/token-response.ts'
import { DAY_MS } from '../units.ts'
import type { CredentialChanges } from './credential.ts'
import { requestLongerLife } from './facebook-requests.ts'
import type { LivingToken } from './facebook-token-state.ts'
import { findMetaError, readMetaError } from './meta-error.ts'
import type { NextExchange, Reading, Subject } from './strategy.ts'

/** A reading of a token that works. */
export type KeptToken = Extract<Reading, { kind: 'renewed' | 'healthy' }>

/** A user's token gets a longer life when less than this is left. */
const LONGER_LIFE_MS = 30 * DAY_MS
/** An exchange may give a long-lived token back as it is: an end that moved by less did not move. */
const MOVED_MS = DAY_MS

/** The user's token behind a page's, null when we have none or it has ended. */
export function livingUserToken({ credential, now }: Subject): string | null {
  const { userAccessToken, userTokenExpiresAt } = credential
  const hasEnded = userTokenExpiresAt !== undefined && new Date(userTokenExpiresAt) <= now
  return userAccessToken === undefined || hasEnded ? null : userAccessToken
}

/** Whether a token should get a longer life now. An end that is not known may be near. */
export const needsLongerLife = (expiresAt: Date | null, { now }: Subject): boolean =>
  expiresAt === null || expiresAt.getTime() - now.getTime() < LONGER_LIFE_MS

/** A user's token after the exchange. */
export interface ExtendedToken {
  readonly accessToken: string
  /** Null: the answer does not say. */
  readonly expiresAt: Date | null
  /** Whether anything was won by it. */
  readonly isMoved: boolean
}

/**
 * Asks for a longer life of a user's token. Whatever goes wrong with that says nothing about the account, except that our
 * app is refused.
 *
 * @param then what follows; it is given null when the token stays as it is
 */
export function extendUserToken(
  old: { readonly accessToken: string; readonly expiresAt: Date | null },
  subject: Subject,
  then: (extended: ExtendedToken | null) => Reading | NextExchange,
): NextExchange {
  const read = (answer: Answer) => {
    const error = findMetaError(answer.json)
    const verdict = error === null ? null : readMetaError(error, answer, subject)
    if (verdict !== null && verdict.kind !== 'ambiguous' && isAppFault(verdict)) return verdict
    const isSuccess = error === null && answer.status >= 200 && answer.status < 300
    return then(isSuccess ? readExtended(answer, old, subject) : null)
  }
  return { kind: 'ask', exchange: { request: requestLongerLife(old.accessToken, subject), read } }
}

function readExtended(
  answer: Answer,
  old: { readonly accessToken: string; readonly expiresAt: Date | null },
  { now }: Subject,
): ExtendedToken | null {
  const tokens = readTokenResponse(answer)
  if (tokens === null) return null
  const { accessToken, expiresInMs } = tokens
  const isSame = accessToken === old.accessToken
  if (expiresInMs === null) return isSame ? null : { accessToken, expiresAt: null, isMoved: true }
  const expiresAt = new Date(now.getTime() + expiresInMs)
  const isMoved = old.expiresAt === null || expiresAt.getTime() - old.expiresAt.getTime() > MOVED_MS
  return { accessToken, expiresAt, isMoved }
}

/** Whether a refusal is about our app as a whole. */
export const isAppFault = (reading: Reading): boolean =>
  reading.kind === 'app_misconfigured' && reading.scope !== 'account'

/** A new token, or the old one with news around it, whose state we have seen. */
export function renewedWith(
  accessToken: string,
  state: LivingToken,
  { changes, now }: { changes: CredentialChanges; now: Date },
): KeptToken {
  return {
    kind: 'renewed',
    tokens: {
      accessToken,
      expiresInMs: state.expiresAt === null ? null : state.expiresAt.getTime() - now.getTime(),
      refreshToken: null,
      refreshTokenExpiresInMs: null,
      scopes: null,
      changes: { ...changes, ...state.changes },
    },
  }
}
