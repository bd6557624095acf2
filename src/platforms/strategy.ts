import type { Platform } from '../account.ts'
import type { App } from '../app.ts'
import type { Answer, HttpRequest } from '../oauth/request.ts'

/** What we hold for an account; this is what is sealed. Members beyond the first three belong to single kinds. */
export interface Credential {
  /** Tells credentials of one platform apart; null where a platform has one kind. */
  readonly kind: string | null
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly pdsUrl?: string
  readonly did?: string
  readonly appPassword?: string
}

/** Everything that a strategy may look at. */
export interface Subject {
  readonly credential: Credential
  /** Origin of the platform, without a slash at the end; from the settings where they replace it. */
  readonly baseUrl: string
  readonly clientId: string | null
  readonly clientSecret: string | null
  readonly plcUrl: string
  /** Null: not known. */
  readonly issuedAt: Date | null
  /** Null: not known, or the token does not expire. */
  readonly tokenExpiresAt: Date | null
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
  readonly changes?: Partial<Pick<Credential, 'did' | 'pdsUrl'>>
}

/** What an answer means. `code` is the platform's own word, for the history. */
export type Reading =
  | { readonly kind: 'renewed'; readonly tokens: NewTokens }
  | {
      readonly kind: 'token_expired' | 'revoked' | 'transient' | 'unknown' | 'app_misconfigured'
      readonly code: string
    }
  | { readonly kind: 'not_yet_refreshable'; readonly at: Date; readonly code: string }
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
}

export interface NextExchange {
  readonly kind: 'ask'
  readonly exchange: Exchange
}

/** Why no request is made now. */
export type Precheck =
  | { readonly kind: 'ready' }
  | { readonly kind: 'not_yet_refreshable'; readonly at: Date; readonly code: string }
  /** It is too late. */
  | { readonly kind: 'cannot_renew' }

/** How one kind of credential is refreshed: describes requests, reads answers, does no I/O of its own. */
export interface Strategy {
  readonly platform: Platform
  /** `credential.kind` that this strategy is for; null where the platform has one kind. */
  readonly kind: string | null
  readonly app: App
  /** The platform's name as its users know it. */
  readonly title: string
  readonly origin: string
  /** Whether requests name our app, so that accounts are left alone while no client id is set. */
  readonly needsClientId: boolean
  /** Members of the import format's `credential` that belong to this kind. */
  readonly members: readonly ('pdsUrl' | 'did' | 'appPassword')[]

  /** Life of an access token where an answer does not tell. */
  readonly assumedLifetimeMs: number
  /** The account is due at this share of the access token's life; which point in it is stable per account. */
  readonly dueShare: readonly [from: number, to: number]
  /** How old a token must be before the platform renews it. */
  readonly minimumAgeMs: number
  /** A refresh token works once. */
  readonly singleUse: boolean
  /** For how long a spent refresh token still gets the same answer. */
  readonly graceMs: number

  /** Whether the credential holds anything that renews it. */
  canRenew(credential: Credential): boolean
  /** Rules about time: what can be said without asking the platform. */
  precheck?(subject: Subject): Precheck
  describe(subject: Subject): HttpRequest
  read(answer: Answer, subject: Subject): Reading | NextExchange
}
