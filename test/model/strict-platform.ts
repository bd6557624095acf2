import type { Platform } from '../../src/account.ts'
import { HOUR_MS } from '../../src/units.ts'

/** A refresh token as the platform knows it. The history of all of them is what the model is judged by. */
export interface Token {
  readonly value: string
  readonly grant: Grant
  /** Null: it is not spent. */
  spentAtMs: number | null
  successor: Token | null
  /** Who has shown it, every time. */
  shown: number
  /** Why it is nobody's fault when it is never stored; null: it ought to be. */
  excuse: Excuse | null
  /** The process to which the answer with it was delivered. */
  holder: object | null
  /** That process was stopped, or the database did not take it at once: others could not know of it in time. */
  isDelayed: boolean
  /** When somebody has last taken a lease of it who was told that it may be spent. */
  doubtedAtMs: number | null
  /** Since when it is in the escrow. */
  keptAtMs: number | null
  isStored: boolean
}

/** `lost`: the answer with it was lost on the way; `late`: it came after its process had given up; `crashed`: with its process. */
export type Excuse = 'lost' | 'late' | 'crashed'

/** The user's consent: all tokens that descend from one connection. */
export interface Grant {
  readonly accountKey: string
  readonly platform: Platform
  readonly tokens: Token[]
  current: Token
  /** `owner`: withdrawn; `replay`: a spent token was shown. */
  ended: 'owner' | 'replay' | null
  /** The platform has told us that it is dead. */
  isToldDead: boolean
}

export interface PlatformAnswer {
  readonly status: number
  readonly json: unknown
  /** The token that the answer carries. */
  readonly issued: Token | null
}

/** A platform that rotates strictly where its kind does, ends a grant on a replay outside of the grace, and forgets nothing. */
export interface StrictPlatform {
  readonly tokens: ReadonlyMap<string, Token>
  connect(accountKey: string, platform: Platform): Grant
  /** Answers a request that shows the token, now. */
  exchange(token: Token, nowMs: number): PlatformAnswer
}

const GRACE_MS = 2 * HOUR_MS

export function aStrictPlatform(): StrictPlatform {
  const tokens = new Map<string, Token>()
  const issue = (grant: Omit<Grant, 'current'> & { current?: Token }): Token => {
    const value = `rt.${payload({ sub: DID, n: tokens.size, iat: 0, exp: 90 * 86_400 })}.s`
    const token = { value, grant: grant as Grant, spentAtMs: null, successor: null, shown: 0 }
    const issued: Token = {
      ...token,
      excuse: null,
      holder: null,
      isDelayed: false,
      doubtedAtMs: null,
      keptAtMs: null,
      isStored: false,
    }
    tokens.set(value, issued)
    grant.tokens.push(issued)
    grant.current = issued
    return issued
  }

  return {
    tokens,
    connect(accountKey, platform) {
      const grant = { accountKey, platform, tokens: [], ended: null, isToldDead: false }
      issue(grant)
      return grant as unknown as Grant
    },
    exchange(token, nowMs) {
      const { grant } = token
      if (grant.ended !== null) return dead(grant)
      if (grant.platform === 'YOUTUBE') return renewed(grant, null)
      if (token.spentAtMs !== null) {
        const isGraced = grant.platform === 'BLUESKY' && nowMs - token.spentAtMs < GRACE_MS
        if (isGraced) return renewed(grant, token.successor)
        if (grant.platform === 'X') grant.ended = 'replay'
        return dead(grant)
      }
      token.spentAtMs = nowMs
      token.successor = issue(grant)
      return renewed(grant, token.successor)
    },
  }
}

export const DID = 'did:web:brand.example'

const payload = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')

function renewed({ platform }: Grant, issued: Token | null): PlatformAnswer {
  const accessToken = `at.${payload({ iat: 0, exp: 7200 })}.s`
  if (platform === 'BLUESKY')
    return { status: 200, issued, json: { accessJwt: accessToken, refreshJwt: issued?.value, did: DID } }
  const expires_in = platform === 'YOUTUBE' ? 3600 : 7200
  const rotated = issued === null ? {} : { refresh_token: issued.value }
  return { status: 200, issued, json: { access_token: accessToken, expires_in, ...rotated } }
}

/** In the words of each platform. */
function dead(grant: Grant): PlatformAnswer {
  grant.isToldDead = true
  const words = {
    X: { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' },
    YOUTUBE: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    BLUESKY: { error: 'ExpiredToken', message: 'Token has been revoked' },
  }
  return { status: 400, json: words[grant.platform as keyof typeof words], issued: null }
}
