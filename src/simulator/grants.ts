import { randomBytes } from 'node:crypto'
import type { Platform } from '../account.ts'

/** A pretend user's consent: what the pretend platform knows of one account. */
export interface Grant {
  readonly platform: Platform
  readonly externalId: string
  readonly handle: string
  readonly lifetimeMs: number
  accessToken: string
  issuedAtMs: number
  /** Null where the access token renews itself. */
  refreshToken: string | null
  /** Refresh tokens that were used, with the moment and the token that came instead. */
  readonly spent: Map<string, { readonly atMs: number; readonly successor: string }>
  isDead: boolean
}

/** All consents, found by any token that was ever issued. */
export interface Grants {
  add(grant: Omit<Grant, 'spent' | 'isDead'>): Grant
  /** Replaces the tokens of a grant; what was issued before still finds it. */
  renew(grant: Grant, tokens: { accessToken: string; refreshToken: string | null }): void
  find(token: string): Grant | undefined
}

export function openGrants(): Grants {
  const byToken = new Map<string, Grant>()
  const index = (grant: Grant) => {
    byToken.set(grant.accessToken, grant)
    if (grant.refreshToken !== null) byToken.set(grant.refreshToken, grant)
  }
  return {
    add(members) {
      const grant = { ...members, spent: new Map(), isDead: false }
      index(grant)
      return grant
    },
    renew(grant, { accessToken, refreshToken }) {
      const nowMs = Date.now()
      if (grant.refreshToken !== null && refreshToken !== null) {
        grant.spent.set(grant.refreshToken, { atMs: nowMs, successor: refreshToken })
      }
      grant.accessToken = accessToken
      grant.refreshToken = refreshToken
      grant.issuedAtMs = nowMs
      index(grant)
    },
    find: (token) => byToken.get(token),
  }
}

/** A token that looks like nothing but a token. */
export const makeToken = (prefix: string): string => `${prefix}${randomBytes(24).toString('base64url')}`
