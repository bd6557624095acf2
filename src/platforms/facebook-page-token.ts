import type { Answer } from '../oauth/request.ts'
import { asObject, asToken } from '../untrusted-json.ts'
import type { CredentialChanges } from './credential.ts'
import { requestPages, requestPageToken, requestTokenState } from './facebook-requests.ts'
import { readTokenState } from './facebook-token-state.ts'
import { isAppFault, type KeptToken, livingUserToken, renewedWith } from './facebook-user-token.ts'
import { findMetaError, readMetaError, readVagueMetaError } from './meta-error.ts'
import { readMetaFallback } from './meta-usage.ts'
import type { NextExchange, Reading, Subject } from './strategy.ts'

/**
 * Asks for another token of a page whose token has died.
 *
 * @param verdict what holds when there is none to be had
 */
export function revivePage(verdict: Reading, subject: Subject): Reading | NextExchange {
  const userToken = livingUserToken(subject)
  if (userToken === null) return verdict
  return derive(userToken, subject, {
    changes: {},
    otherwise: (failure) => (isOfTheMoment(failure) || isAppFault(failure) ? failure : verdict),
    // A list can leave out a page that belongs to a business; the page itself says nothing but the truth.
    withoutToken: isPage(subject) ? { kind: 'revoked', code: 'no_page_token' } : verdict,
  })
}

/**
 * Asks for another token of a page whose token works but has an end: it was derived from a short-lived user's token.
 *
 * @param kept what holds when there is none to be had
 */
export function replacePageToken(userToken: string, kept: KeptToken, subject: Subject): NextExchange {
  return derive(userToken, subject, {
    changes: kept.kind === 'renewed' ? (kept.tokens.changes ?? {}) : kept.changes,
    otherwise: (failure) => (isAppFault(failure) ? failure : kept),
    withoutToken: kept,
  })
}

const isOfTheMoment = ({ kind }: Reading) => kind === 'rate_limited' || kind === 'transient'

/** The account is the page itself, and not the Instagram account that belongs to it. */
const isPage = ({ credential }: Subject) => credential.kind === null

/** What follows when the page's new token is not to be had. */
interface Derivation {
  /** Members of the credential that an earlier step changed. */
  readonly changes: CredentialChanges
  readonly otherwise: (failure: Reading) => Reading
  /** The platform answered without a token: the user has no role on the page any more, or did not choose it. */
  readonly withoutToken: Reading
}

/** @see {@link https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived} */
function derive(userToken: string, subject: Subject, derivation: Derivation): NextExchange {
  const request = isPage(subject) ? requestPageToken(userToken, subject) : requestPages(userToken, subject)
  return { kind: 'ask', exchange: { request, read: (answer) => readPageToken(answer, subject, derivation) } }
}

function readPageToken(answer: Answer, subject: Subject, derivation: Derivation): Reading | NextExchange {
  const error = findMetaError(answer.json)
  if (error !== null) {
    // Our proof has just been accepted with our app's token: it is the user's token that belongs to another app.
    if (/appsecret_proof/i.test(error.message)) return derivation.otherwise({ kind: 'unknown', code: error.code })
    const verdict = readMetaError(error, answer, subject) ?? readVagueMetaError(error, subject)
    return derivation.otherwise(verdict.kind === 'ambiguous' ? { kind: 'unknown', code: verdict.code } : verdict)
  }
  const isSuccess = answer.status >= 200 && answer.status < 300 && answer.json !== undefined
  if (!isSuccess) return derivation.otherwise(readMetaFallback(answer, subject.now))
  const pageToken = findPageToken(answer.json, subject)
  return pageToken === null ? derivation.withoutToken : checkPageToken(pageToken, subject, derivation)
}

function findPageToken(json: unknown, subject: Subject): string | null {
  const body = asObject(json)
  if (isPage(subject)) return asToken(body.access_token)
  const pages = Array.isArray(body.data) ? body.data.map(asObject) : []
  const page = pages.find(({ instagram_business_account: account }) => asObject(account).id === subject.externalId)
  return asToken(page?.access_token)
}

/** Only debug_token tells whether the new token has an end. */
function checkPageToken(accessToken: string, subject: Subject, derivation: Derivation): NextExchange {
  const { changes, otherwise } = derivation
  return {
    kind: 'ask',
    exchange: {
      request: requestTokenState(accessToken, subject),
      read(answer) {
        const state = readTokenState(answer, subject)
        if (state.kind === 'unclear') return otherwise(state.reading)
        if (state.kind === 'dead') return otherwise({ kind: 'token_expired', code: 'new_token_dead' })
        return renewedWith(accessToken, state, { changes, now: subject.now })
      },
    },
  }
}
