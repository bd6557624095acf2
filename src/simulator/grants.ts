import { randomBytes } from 'node:crypto'
import type { Platform } from '../account.ts'
import type { PrivateJwk } from '../private-jwk.ts'

/** A pretend user's consent: what the pretend platform knows of one account. */
export interface Grant {
  readonly platform: Platform
  readonly kind: string | null
  readonly externalId: string
  readonly handle: string
  readonly lifetimeMs: number
  accessToken: string
  issuedAtMs: number
  /** Null where the access token renews itself. */
  refreshToken: string | null
  /** The key that the session is bound to, where it is bound to one. */
  readonly dpopKey?: PrivateJwk
  /** Refresh tokens that were used, with the moment and the token that came instead. */
  readonly spent: Map<string, { readonly atMs: number; readonly successor: string }>
  isDead: boolean
}

/** All consents, found by any token that was ever issued, or by the account. */
export interface Grants {
  add(grant: Omit<Grant, 'spent' | 'isDead'>): Grant
  /** Replaces the tokens of a grant; what was issued before still finds it. */
  renew(grant: Grant, tokens: { accessToken: string; refreshToken: string | null }): void
  /** Makes another token find the grant. */
  index(token: string, grant: Grant): void
  find(token: string): Grant | undefined
  findAccount(platform: Platform, externalId: string): Grant | undefined
}

export function openGrants(): Grants {
  const byToken = new Map<string, Grant>()
  const byAccount = new Map<string, Grant>()
  const indexTokens = (grant: Grant) => {
    byToken.set(grant.accessToken, grant)
    if (grant.refreshToken !== null) byToken.set(grant.refreshToken, grant)
  }
  return {
    add(members) {
      const grant = { ...members, spent: new Map(), isDead: false }
      indexTokens(grant)
      byAccount.set(`${grant.platform} ${grant.externalId}`, grant)
      return grant
    },
    renew(grant, { accessToken, refreshToken }) {
      const nowMs = Date.now()
      if (grant.refreshToken !== null && refreshToken !== null && refreshToken !== grant.refreshToken) {
        grant.spent.set(grant.refreshToken, { atMs: nowMs, successor: refreshToken })
      }
      grant.accessToken = accessToken
      grant.refreshToken = refreshToken
      grant.issuedAtMs = nowMs
      indexTokens(grant)
    },
    index: (token, grant) => void byToken.set(token, grant),
    find: (token) => byToken.get(token),
    findAccount: (platform, externalId) => byAccount.get(`${platform} ${externalId}`),
  }
}

/** A token that looks like nothing but a token. */
export const makeToken = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64url')}`
