import type { PrivateJwk } from '../private-jwk.ts'

/** What we hold for an account; this is what is sealed. Members beyond the first three belong to single kinds. */
export interface Credential {
  /** Tells credentials of one platform apart; null where a platform has one kind. */
  readonly kind: string | null
  readonly accessToken: string
  readonly refreshToken: string | null
  /** Facebook Login: the user's token, which the page's token was derived from. */
  readonly userAccessToken?: string
  /** ISO 8601, as every moment in here: the content is sealed as JSON. Undefined: not known, or not known any more. */
  readonly userTokenExpiresAt?: string | undefined
  /** Facebook Login: from then on the app no longer reads the user's data, until the user logs in again. */
  readonly dataAccessExpiresAt?: string
  /** TikTok: whose token this is, as the first answer said. */
  readonly openId?: string
  /** Bluesky: the account's own server and its identity. */
  readonly pdsUrl?: string
  readonly did?: string
  readonly appPassword?: string
  /** Bluesky OAuth: the authorization server, and the private key that the session is bound to. */
  readonly issuer?: string
  readonly dpopKey?: PrivateJwk
}

/** Members of the import format's `credential` that belong to single kinds. */
export const CREDENTIAL_EXTRAS = [
  'userAccessToken',
  'userTokenExpiresAt',
  'pdsUrl',
  'did',
  'appPassword',
  'issuer',
  'dpopKey',
] as const
export type CredentialExtra = (typeof CREDENTIAL_EXTRAS)[number]

/** Members that an answer may change besides the tokens themselves. */
export type CredentialChanges = Partial<Omit<Credential, 'kind' | 'accessToken' | 'refreshToken'>>
