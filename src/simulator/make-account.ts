import { randomInt } from 'node:crypto'
import type { Grants } from './grants.ts'
import type { Pretend } from './pretend.ts'
import { makeDid } from './pretend-plc.ts'

export interface AccountWish {
  readonly workspaceId: string
  readonly lifetimeMs: number
  /** How much of its life the first token has behind it, from 0 to 1. */
  readonly ageShare: number
}

const NAMES = [
  ...['bakery', 'bikes', 'books', 'cinema', 'coffee', 'flowers'],
  ...['garden', 'guitars', 'museum', 'pottery', 'radio', 'tea'],
]

/**
 * Makes a pretend account and the line that imports it.
 *
 * @param origin of the simulator
 */
export function makeAccount(grants: Grants, pretend: Pretend, wish: AccountWish, origin: string) {
  const { platform, kind, prefix } = pretend
  const { workspaceId, lifetimeMs, ageShare } = wish
  const number = randomInt(1, 2 ** 47)
  const handle = `@${NAMES[number % NAMES.length]}_${number % 1_000_000}`
  const externalId = platform === 'BLUESKY' ? makeDid() : String(17_840_000_000_000 + number)
  const issuedAtMs = Date.now() - lifetimeMs * ageShare
  const tokens = pretend.makeTokens(externalId, lifetimeMs)
  const grant = grants.add({ platform, kind, externalId, handle, lifetimeMs, issuedAtMs, ...tokens })
  const special = pretend.describe?.(grant, `${origin}${prefix}`) ?? {}
  return {
    workspaceId,
    platform,
    externalId,
    handle,
    displayName: `Pretend ${handle.slice(1).replaceAll('_', ' ')}`,
    scopes: [],
    tokenExpiresAt: new Date(issuedAtMs + lifetimeMs).toISOString(),
    ...special.line,
    credential: {
      ...(kind === null ? {} : { kind }),
      accessToken: grant.accessToken,
      ...(grant.refreshToken === null ? {} : { refreshToken: grant.refreshToken }),
      issuedAt: new Date(issuedAtMs).toISOString(),
      ...special.credential,
    },
  }
}

/** A line that imports a pretend account. */
export type PretendAccount = ReturnType<typeof makeAccount>
