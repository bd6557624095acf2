import { randomInt } from 'node:crypto'
import type { Platform } from '../account.ts'
import { type Grant, type Grants, makeToken } from './grants.ts'
import { makeJwt } from './pds.ts'

/** Platforms that are pretended. */
export const PRETENDED = ['X', 'INSTAGRAM', 'BLUESKY'] as const satisfies readonly Platform[]
export type Pretended = (typeof PRETENDED)[number]

export interface AccountWish {
  readonly platform: Pretended
  readonly workspaceId: string
  readonly lifetimeMs: number
  /** How much of its life the first token has behind it, from 0 to 1. */
  readonly ageShare: number
  /** Origin of the simulator. */
  readonly origin: string
}

const NAMES = [
  'bakery',
  'bikes',
  'books',
  'cinema',
  'coffee',
  'flowers',
  'garden',
  'guitars',
  'museum',
  'pottery',
  'radio',
  'tea',
]

/** Makes a pretend account and the line that imports it. */
export function makeAccount(grants: Grants, wish: AccountWish): object {
  const { platform, workspaceId, lifetimeMs, ageShare, origin } = wish
  const number = randomInt(1, 1_000_000)
  const handle = `@${NAMES[number % NAMES.length]}_${number}`
  const externalId =
    platform === 'BLUESKY' ? `did:web:pretend-${number}.example` : String(17_841_400_000_000_000 + number)
  const issuedAtMs = Date.now() - lifetimeMs * ageShare
  const tokens = makeTokens(platform, externalId, lifetimeMs)
  const grant = grants.add({ platform, externalId, handle, lifetimeMs, issuedAtMs, ...tokens })
  return {
    workspaceId,
    platform,
    externalId,
    handle,
    displayName: `Pretend ${handle.slice(1).replaceAll('_', ' ')}`,
    scopes: [],
    tokenExpiresAt: new Date(issuedAtMs + lifetimeMs).toISOString(),
    credential: {
      accessToken: grant.accessToken,
      ...(grant.refreshToken === null ? {} : { refreshToken: grant.refreshToken }),
      ...(platform === 'BLUESKY' ? { pdsUrl: origin, did: externalId } : {}),
      issuedAt: new Date(issuedAtMs).toISOString(),
    },
  }
}

function makeTokens(
  platform: Pretended,
  externalId: string,
  lifetimeMs: number,
): Pick<Grant, 'accessToken' | 'refreshToken'> {
  switch (platform) {
    case 'X':
      return { accessToken: makeToken('xa_'), refreshToken: makeToken('xr_') }
    case 'INSTAGRAM':
      return { accessToken: makeToken('IGAA'), refreshToken: null }
    case 'BLUESKY':
      return {
        accessToken: makeJwt({ externalId }, 'com.atproto.access', lifetimeMs),
        refreshToken: makeJwt({ externalId }, 'com.atproto.refresh', 90 * 86_400_000),
      }
    default:
      return platform satisfies never
  }
}
