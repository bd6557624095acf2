import type { Platform } from '../account.ts'
import type { App } from '../app.ts'
import type { Answer, HttpRequest } from '../oauth/request.ts'
import type { PrivateJwk } from '../private-jwk.ts'
import type { Credential, CredentialChanges, CredentialExtra } from './credential.ts'

/** Everything that a strategy may look at. */
export interface Subject {
  readonly credential: Credential
  /** The platform's own id of the account. */
  readonly externalId: string
  /** Origin of the platform, without a slash at the end; from the settings where they replace it. */
  readonly baseUrl: string
  readonly clientId: string | null
  readonly clientSecret: string | null
  /** The private key that our app authenticates with, where a platform takes one. */
  readonly clientKey: PrivateJwk | null
  readonly plcUrl: string
  /** Null: not known. */
  readonly issuedAt: Date | null
  /** Null: not known, or the token does not expire. */
  readonly tokenExpiresAt: Date | null
  /** Null: not known. */
  readonly refreshTokenExpiresAt: Date | null
  /** What the last attempt failed for, and since when every one has; null: it did not fail. For rules that want an answer twice. */
  readonly failing: { readonly code: string | null; readonly since: Date } | null
  /** The database's clock. */
  readonly now: Date
}

/** What an answer gave us. Lifetimes count from the moment of the answer; null: the answer does not say. */
export interface NewTokens {
  readonly accessToken: string
  readonly expiresInMs: number | null
  /** Null: none in the answer, the old one stays. */
  readonly refreshToken: string | null
  readonly refreshTokenExpiresInMs: number | null
  /** Null: not in the answer, those that we know stay. */
  readonly scopes: readonly string[] | null
  /** Other members of the credential that the answer changed. */
  readonly changes?: CredentialChanges
}

/** What an answer means. `code` is the platform's own word, for the history. */
export type Reading =
  | { readonly kind: 'renewed'; readonly tokens: NewTokens }
  /** The token works as it is and needs no new one. */
  | { readonly kind: 'healthy'; readonly tokenExpiresAt: Date | null; readonly changes: CredentialChanges }
  | { readonly kind: 'token_expired' | 'revoked' | 'unknown'; readonly code: string }
  /** `retryAfterMs`: where the platform's rules name a wait; else the usual backoff. */
  | { readonly kind: 'transient'; readonly code: string; readonly retryAfterMs?: number }
  /** `scope` account: whoever speaks here speaks for this account only, so that the app is not paused for the others. */
  | { readonly kind: 'app_misconfigured'; readonly code: string; readonly scope?: 'account' }
  | { readonly kind: 'not_yet_refreshable'; readonly at: Date; readonly code: string }
  /** Nothing renews this account; it works until its access token ends. */
  | { readonly kind: 'cannot_renew'; readonly code: string | null }
  | {
      readonly kind: 'rate_limited'
      readonly code: string
      /** `app`: everybody has to wait; `account`: this account only. */
      readonly scope: 'app' | 'account'
      /** Null: the answer gives no hint. */
      readonly retryAfterMs: number | null
    }

/** A request and how its answer is read; the answer can lead to one more exchange. */
export interface Exchange {
  readonly request: HttpRequest
  readonly read: (answer: Answer) => Reading | NextExchange
  /** What holds when no answer comes to a question that only refines what is known. */
  readonly unanswered?: Reading
}

export interface NextExchange {
  readonly kind: 'ask'
  readonly exchange: Exchange
}

/** Why no request is made now. */
export type Precheck =
  | { readonly kind: 'ready' }
  | { readonly kind: 'not_yet_refreshable'; readonly at: Date; readonly code: string }
  /** It is too late, or there is nothing to gain any more. */
  | { readonly kind: 'cannot_renew'; readonly code: string | null }

/** How one kind of credential is refreshed: describes requests, reads answers, does no I/O of its own. */
export interface Strategy {
  readonly platform: Platform
  /** `credential.kind` that this strategy is for; null where the platform has one kind. */
  readonly kind: string | null
  readonly app: App
  /** The platform's name as its users know it. */
  readonly title: string
  readonly origin: string
  /** What requests need of our app: accounts are left alone while the settings do not have it. */
  readonly needs: readonly ('clientId' | 'clientSecret')[]
  /** Members of the import format's `credential` that belong to this kind. */
  readonly members: readonly CredentialExtra[]

  /** Life of an access token where an answer does not tell; null: it does not end. */
  readonly assumedLifetimeMs: number | null
  /** The account is due at this share of the access token's life; which point in it is stable per account. */
  readonly dueShare: readonly [from: number, to: number]
  /** How often a token that does not end is looked at; null: such tokens are renewed like any other. */
  readonly checkEveryMs: number | null
  /** How old a token must be before the platform renews it. */
  readonly minimumAgeMs: number
  /** What is presented is the access token itself: a dead grant is a dead access token. */
  readonly renewsItself: boolean
  /** A refresh token works once. */
  readonly singleUse: boolean
  /** For how long a spent refresh token still gets the same answer. */
  readonly graceMs: number
  /** Presenting a spent refresh token may end the whole grant, so also what still works. */
  readonly replayEndsGrant: boolean
  /**
   * Whether the platform tells a bad client from a bad grant when it is shown a made-up token: then the app's credentials
   * can be tried without touching an account.
   */
  readonly tellsClientFromGrant: boolean

  /** Whether the credential holds anything that renews it. */
  canRenew(credential: Credential): boolean
  /** Rules about time: what can be said without asking the platform. */
  precheck?(subject: Subject): Precheck
  describe(subject: Subject): HttpRequest
  read(answer: Answer, subject: Subject): Reading | NextExchange
}
