import type { Answer } from '../oauth/request.ts'
import { asCode, asInteger, asObject } from '../untrusted-json.ts'
import type { CredentialChanges } from './credential.ts'
import { findMetaError, type MetaError, readMetaError, readVagueMetaError, toMetaError } from './meta-error.ts'
import { readMetaFallback } from './meta-usage.ts'
import type { Reading, Subject } from './strategy.ts'

export interface LivingToken {
  readonly kind: 'alive'
  /** A user's token and not a page's. */
  readonly isUserToken: boolean
  /** Null: it does not end. */
  readonly expiresAt: Date | null
  /** What else is to be kept of it. */
  readonly changes: CredentialChanges
}

/** What debug_token says of a token. */
export type TokenState =
  | LivingToken
  /** Null: it does not say why. */
  | { readonly kind: 'dead'; readonly error: MetaError | null }
  /** The answer says nothing about the token. */
  | { readonly kind: 'unclear'; readonly reading: Reading }

/** Of the answer for a token of another app: told from our own app's troubles by its words alone. */
const ABOUT_INPUT_TOKEN = /input_token/i

/**
 * Reads an answer of debug_token.
 *
 * An error of the call itself is about the token that it was made with, which is our app's; the error of the token that it
 * was made for stands inside of a success.
 *
 * @see {@link https://developers.facebook.com/docs/facebook-login/guides/%20access-tokens/debugging}
 */
export function readTokenState(answer: Answer, subject: Subject): TokenState {
  const error = findMetaError(answer.json)
  if (error !== null) return unclear(readOwnError(error, answer, subject))
  const isSuccess = answer.status >= 200 && answer.status < 300
  if (!isSuccess) return unclear(readMetaFallback(answer, subject.now))
  const data = asObject(asObject(answer.json).data)
  if (typeof data.is_valid !== 'boolean') return unclear({ kind: 'transient', code: 'no_token_state' })
  const appId = asCode(data.app_id)
  if (appId !== null && appId !== subject.clientId) return unclear({ kind: 'unknown', code: 'token_of_another_app' })
  if (!data.is_valid) return { kind: 'dead', error: toMetaError(data.error) }
  const dataAccessExpiresAt = readMoment(data.data_access_expires_at)
  return {
    kind: 'alive',
    isUserToken: data.type === 'USER',
    expiresAt: readMoment(data.expires_at),
    changes: dataAccessExpiresAt === null ? {} : { dataAccessExpiresAt: dataAccessExpiresAt.toISOString() },
  }
}

const unclear = (reading: Reading): TokenState => ({ kind: 'unclear', reading })

function readOwnError(error: MetaError, answer: Answer, subject: Subject): Reading {
  const { code, number, message } = error
  if (number === 100 && ABOUT_INPUT_TOKEN.test(message)) return { kind: 'unknown', code }
  const verdict = readMetaError(error, answer, subject) ?? readVagueMetaError(error, subject)
  const isTokenRefused = number === 190 || number === 102
  const isBadMoment = verdict.kind === 'transient' && !isTokenRefused
  if (verdict.kind === 'rate_limited' || verdict.kind === 'unknown' || isBadMoment) return verdict
  // Whatever our app's token is refused for, no account is to blame.
  return { kind: 'app_misconfigured', code }
}

/** The year 3000: whatever is later is a mistake, and no moment that the database takes. */
const LATEST_S = 32_503_680_000

/** Reads unix seconds; null for 0, which means never. */
function readMoment(value: unknown): Date | null {
  const seconds = asInteger(value)
  return seconds !== null && seconds > 0 && seconds < LATEST_S ? new Date(seconds * 1000) : null
}
