import { isIP } from 'node:net'
import type { SettingName } from './settings.ts'

/** How the list module treats those who ask. */
export interface ListConfig {
  /** Requests of one key in 60 s. */
  readonly burstLimit: number
  /** Requests of one key in 15 min. */
  readonly sustainedLimit: number
  /** Requests without a good key from one address in 60 s. */
  readonly addressLimit: number
  /** Origins whose pages may read answers. */
  readonly corsOrigins: readonly string[]
  /** Addresses and networks whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[]
  /** How long `/readyz` says no before nothing new is accepted. */
  readonly drainMs: number
}

/** What reads the settings one by one and collects what is wrong with them. */
interface SettingsSource {
  integer(name: SettingName, bounds: { least: number; most: number }): number | null
  list(name: SettingName, isGood: (entry: string) => boolean, what: string): string[]
}

const MOST_REQUESTS = 1_000_000

export function readListConfig(settings: SettingsSource): ListConfig {
  const limit = (name: SettingName) => settings.integer(name, { least: 1, most: MOST_REQUESTS })
  return {
    burstLimit: limit('LIST_BURST_LIMIT') ?? 60,
    sustainedLimit: limit('LIST_SUSTAINED_LIMIT') ?? 1000,
    addressLimit: limit('LIST_ADDRESS_LIMIT') ?? 300,
    corsOrigins: settings.list('LIST_CORS_ORIGINS', isOrigin, 'must be origins like https://app.example.com'),
    trustedProxies: settings.list('LIST_TRUSTED_PROXIES', isNetwork, 'must be addresses or networks like 10.0.0.0/8'),
    drainMs: settings.integer('LIST_DRAIN_MS', { least: 0, most: 60_000 }) ?? 1000,
  }
}

/** Exactly as a browser sends it: a path or a slash at the end would never match. */
const isOrigin = (entry: string) => /^https?:/.test(entry) && URL.parse(entry)?.origin === entry

function isNetwork(entry: string): boolean {
  const [address = '', bits = '1', ...rest] = entry.split('/')
  const version = isIP(address)
  // Of no bits is no network to the library that compares: whoever trusts everybody trusts nobody.
  const isInRange = Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)
  return rest.length === 0 && version !== 0 && /^\d{1,3}$/.test(bits) && isInRange
}
