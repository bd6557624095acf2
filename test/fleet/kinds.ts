import { STRATEGIES } from '../../src/platforms/registry.ts'
import type { Strategy } from '../../src/platforms/strategy.ts'
import { DAY_MS, HOUR_MS } from '../../src/units.ts'

/** A kind of account, and what its platform gives: the real strategy, with the lifetimes of today's answers. */
export interface Kind {
  /** As in `--mix`: the platform, with the kind behind it where that is not the platform's default. */
  readonly name: string
  readonly strategy: Strategy
  /** Life of an access token; null: it does not end, and is looked at from time to time. */
  readonly lifetimeMs: number | null
  /** The grant is dead when nothing has renewed it for so long; null: it does not die by time. */
  readonly idleMs: number | null
  /** Requests that one refresh takes, each of which counts for the app's limit. */
  readonly requests: number
}

type Facts = Omit<Kind, 'name' | 'strategy'>

const ofMeta: Facts = { lifetimeMs: 60 * DAY_MS, idleMs: 60 * DAY_MS, requests: 1 }
const ofPages: Facts = { lifetimeMs: null, idleMs: null, requests: 1 }
const ofLinkedin: Facts = { lifetimeMs: 60 * DAY_MS, idleMs: 365 * DAY_MS, requests: 1 }

/** The shorter life where sources differ. Half a year where a platform tells no end of the refresh token. */
const FACTS: Readonly<Record<string, Facts>> = {
  INSTAGRAM: ofMeta,
  'INSTAGRAM/facebook_login': ofPages,
  THREADS: ofMeta,
  FACEBOOK_PAGE: ofPages,
  X: { lifetimeMs: 2 * HOUR_MS, idleMs: 180 * DAY_MS, requests: 1 },
  LINKEDIN_PERSON: ofLinkedin,
  LINKEDIN_COMPANY: ofLinkedin,
  TIKTOK_PERSONAL: { lifetimeMs: 2 * HOUR_MS, idleMs: 180 * DAY_MS, requests: 1 },
  TIKTOK_BUSINESS: { lifetimeMs: DAY_MS, idleMs: 365 * DAY_MS, requests: 1 },
  YOUTUBE: { lifetimeMs: HOUR_MS, idleMs: 180 * DAY_MS, requests: 1 },
  PINTEREST: { lifetimeMs: 30 * DAY_MS, idleMs: 60 * DAY_MS, requests: 1 },
  BLUESKY: { lifetimeMs: 2 * HOUR_MS, idleMs: 90 * DAY_MS, requests: 1 },
  // The account's document, its server, that one's authorization server, and the token.
  'BLUESKY/oauth': { lifetimeMs: HOUR_MS, idleMs: 90 * DAY_MS, requests: 4 },
}

export const KINDS: readonly Kind[] = STRATEGIES.map((strategy, at) => {
  const isDefault = STRATEGIES.findIndex(({ platform }) => platform === strategy.platform) === at
  const name = isDefault ? strategy.platform : `${strategy.platform}/${strategy.kind}`
  const facts = FACTS[name]
  if (facts === undefined) throw new Error(`the simulation knows nothing of ${name}`)
  return { name, strategy, ...facts }
})
