import { APPS, type App } from './app.ts'
import { type ListConfig, readListConfig } from './list-config.ts'
import { type MasterKey, readMasterKeys } from './master-key.ts'
import { type PrivateJwk, readPrivateJwk } from './private-jwk.ts'
import { readRedisAddress } from './redis-address.ts'
import { LOG_FORMATS, LOG_LEVELS, SETTINGS, type SettingName } from './settings.ts'
import { readTracingConfig, type TracingConfig } from './tracing-config.ts'
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

export interface Config {
  /** Null: the embedded default. */
  readonly databaseUrl: string | null
  readonly listDatabaseUrl: string | null
  /** For `openRedis`; null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null
  /** Null: none given. The first seals, all open. */
  readonly encryptionKeys: readonly MasterKey[] | null
  readonly host: string
  readonly port: number
  /** Where operators see the queues; null: nowhere. */
  readonly admin: { readonly host: string; readonly port: number } | null
  readonly list: ListConfig
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Null: for people on a terminal, JSON elsewhere. */
  readonly logFormat: (typeof LOG_FORMATS)[number] | null
  /** Null: nobody traces. */
  readonly tracing: TracingConfig | null
  readonly scanIntervalMs: number
  readonly workerConcurrency: number
  readonly attemptRetentionDays: number
  readonly dataDir: string
  readonly apps: Readonly<Record<App, AppConfig>>
  readonly blueskyPlcUrl: string
  readonly allowPrivateNetwork: boolean
}

/** Settings that cannot be used. The message names every problem and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'A setting is wrong' : `${problems.length} settings are wrong`
    super(`${count} (.env.example explains each):\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads and checks all settings at once.
 *
 * @param needs `keys`: the caller seals or opens credentials, so keys are needed unless the embedded default makes them
 * @throws {ConfigError} naming every problem
 */
export function readConfig(env: Environment, needs: { keys: boolean }): Config {
  const settings = new SettingsReader(env)
  const databaseUrl = settings.url('DATABASE_URL', ['postgres:', 'postgresql:'])
  const config: Config = {
    databaseUrl,
    listDatabaseUrl: settings.url('LIST_DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: settings.redis(),
    encryptionKeys: settings.keys('TOKEN_ENCRYPTION_KEYS', needs.keys && databaseUrl !== null),
    host: settings.text('HOST') ?? '127.0.0.1',
    port: settings.integer('PORT', { least: 0, most: 65_535 }) ?? 4100,
    admin: settings.admin(),
    list: readListConfig(settings),
    logLevel: settings.oneOf('LOG_LEVEL', LOG_LEVELS) ?? 'info',
    logFormat: settings.oneOf('LOG_FORMAT', LOG_FORMATS),
    tracing: readTracingConfig(settings),
    scanIntervalMs: settings.integer('SCAN_INTERVAL_MS', { least: 100, most: 60_000 }) ?? 2000,
    workerConcurrency: settings.integer('WORKER_CONCURRENCY', { least: 1, most: 1000 }) ?? 20,
    attemptRetentionDays: settings.integer('ATTEMPT_RETENTION_DAYS', { least: 1, most: 3650 }) ?? 90,
    dataDir: settings.text('DATA_DIR') ?? '.data',
    apps: Object.fromEntries(APPS.map((app) => [app, settings.app(app)])) as Record<App, AppConfig>,
    blueskyPlcUrl: settings.url('BLUESKY_PLC_URL', ['https:', 'http:']) ?? 'https://plc.directory',
    allowPrivateNetwork: settings.oneOf('ALLOW_PRIVATE_NETWORK', ['0', '1']) === '1',
  }
  if (settings.problems.length > 0) throw new ConfigError(settings.problems)
  return config
}

const names = new Set<string>(SETTINGS.map((setting) => setting.name))
const secrets = new Set<string>(SETTINGS.filter((setting) => 'secret' in setting).map((setting) => setting.name))

/** What whoever connects there would choke on. */
function problemOf({ protocol, username, password, pathname, href }: URL): string | null {
  if (/%(?![0-9a-f]{2})/i.test(`${username}${password}${pathname}`)) return 'must have %25 in place of each %'
  if (/^rediss?:$/.test(protocol) && !/^\/?\d*$/.test(pathname))
    return 'must end with the number of a database, as in /0'
  const isPrefix = /^https?:$/.test(protocol)
  return isPrefix && /[?#]/.test(href) ? 'must be an address without ? and #' : null
}

/** Reads settings one by one and collects what is wrong with them instead of stopping at the first. */
class SettingsReader {
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

  admin(): Config['admin'] {
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
