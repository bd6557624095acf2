import type { App } from './app.ts'
import { type MasterKey, readMasterKeys } from './master-key.ts'
import { type PrivateJwk, readPrivateJwk } from './private-jwk.ts'
import { readRedisAddress } from './redis-address.ts'
import { SETTINGS, type SettingName } from './settings.ts'
import { parseJson } from './untrusted-json.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface AppConfig {
  readonly clientId: string | null
  readonly clientSecret: string | null
  /** A private key that the app authenticates with instead of a secret. */
  readonly clientKey: PrivateJwk | null
  /** Replaces the platform's own origin; may carry a path, never ends in a slash. */
  readonly baseUrl: string | null
  readonly requestsPerSecond: number | null
}

const names = new Set<string>(SETTINGS.map((setting) => setting.name))
const secrets = new Set<string>(SETTINGS.filter((setting) => 'secret' in setting).map((setting) => setting.name))

/** What whoever connects there would choke on. */
function problemOf({ protocol, username, password, pathname, href }: URL): string | null {
  if (/%(?![0-9a-f]{2})/i.test(`${username}${password}${pathname}`)) return 'must have %25 in place of each %'
  const isPrefix = /^https?:$/.test(protocol)
  return isPrefix && /[?#]/.test(href) ? 'must be an address without ? and #' : null
}

/** Reads settings one by one and collects what is wrong with them instead of stopping at the first. */
export class SettingsReader {
  readonly problems: string[] = []
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  /** Surrounding white space is not meant: a secret store likes to add a newline. Empty counts as not set. */
  text(name: string): string | null {
    return this.#env[name]?.trim() || null
  }

  integer(name: SettingName, { least, most }: { least: number; most: number }): number | null {
    const text = this.text(name)
    if (text === null) return null
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    this.#refuse(name, `must be a whole number from ${least} to ${most}`)
    return null
  }

  oneOf<const T extends string>(name: SettingName, allowed: readonly T[]): T | null {
    const text = this.text(name)
    if (text === null) return null
    const found = allowed.find((value) => value === text)
    if (found === undefined) this.#refuse(name, `must be one of ${allowed.join(', ')}`)
    return found ?? null
  }

  /** Entries separated by commas; none when it is not set. */
  list(name: SettingName, isGood: (entry: string) => boolean, what: string): string[] {
    const entries = this.text(name)?.split(',') ?? []
    const trimmed = entries.map((entry) => entry.trim())
    if (!trimmed.every(isGood)) this.#refuse(name, `${what}, separated by commas`)
    return trimmed
  }

  url(name: string, protocols: readonly string[]): string | null {
    const text = this.text(name)
    if (text === null) return null
    const url = URL.parse(text)
    if (url === null || !protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))) {
      this.#refuse(name, `must be an address that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`)
      return null
    }
    const problem = problemOf(url)
    if (problem !== null) this.#refuse(name, problem)
    return text.replace(/\/+$/, '')
  }

  redis(): string | null {
    const text = this.text('REDIS_URL')
    const read = text === null ? null : readRedisAddress(text)
    if (read?.kind === 'bad') this.#refuse('REDIS_URL', read.problem)
    return text
  }

  keys(name: SettingName, needed: boolean): MasterKey[] | null {
    const text = this.text(name)
    if (text === null) {
      if (needed) this.#refuse(name, 'is needed with DATABASE_URL. Make a key: echo "k1:$(openssl rand -base64 32)"')
      return null
    }
    const { keys, problems } = readMasterKeys(text)
    for (const problem of problems) this.#refuse(name, problem)
    return [...keys]
  }

  admin(): { readonly host: string; readonly port: number } | null {
    const port = this.integer('ADMIN_PORT', { least: 0, most: 65_535 })
    return port === null ? null : { host: this.text('ADMIN_HOST') ?? '127.0.0.1', port }
  }

  app(app: App): AppConfig {
    const has = (suffix: string) => names.has(`${app}_${suffix}`)
    return {
      clientId: has('CLIENT_ID') ? this.text(`${app}_CLIENT_ID`) : null,
      clientSecret: has('CLIENT_SECRET') ? this.text(`${app}_CLIENT_SECRET`) : null,
      clientKey: has('PRIVATE_JWK') ? this.#jwk(`${app}_PRIVATE_JWK` as SettingName) : null,
      baseUrl: has('BASE_URL') ? this.url(`${app}_BASE_URL`, ['https:', 'http:']) : null,
      requestsPerSecond: this.integer(`${app}_RATE_LIMIT`, { least: 1, most: 10_000 }),
    }
  }

  #jwk(name: SettingName): PrivateJwk | null {
    const text = this.text(name)
    if (text === null) return null
    const key = readPrivateJwk(parseJson(text))
    if (key?.kid !== undefined) return key
    this.#refuse(name, 'must be a private JWK on the curve P-256, with the members kty, crv, x, y, d and kid')
    return null
  }

  #refuse(name: string, what: string): void {
    const given = this.text(name)
    const shown = given === null || secrets.has(name) ? '' : `, but is "${given.slice(0, 80)}"`
    this.problems.push(`${name}: ${what}${shown}`)
  }
}
