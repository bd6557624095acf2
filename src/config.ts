import { APPS, type App } from './app.ts'
import { type ListConfig, readListConfig } from './list-config.ts'
import type { MasterKey } from './master-key.ts'
import { LOG_FORMATS, LOG_LEVELS } from './settings.ts'
import { type AppConfig, type Environment, SettingsReader } from './settings-reader.ts'
import { readTracingConfig, type TracingConfig } from './tracing-config.ts'

export type { AppConfig, Environment }

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
