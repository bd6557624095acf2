import { PLATFORM_SETTINGS } from './platform-settings.ts'

/** One environment variable that we read. The README and `.env.example` list them in this order; a test compares. */
export interface Setting {
  readonly name: string
  readonly meaning: string
  /** What holds when it is not set, in words where it is not a value. */
  readonly otherwise: string
  /** Its value is never printed, not even in an error. */
  readonly secret?: true
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export const LOG_FORMATS = ['json', 'pretty'] as const

export const SETTINGS = [
  {
    name: 'DATABASE_URL',
    meaning: 'PostgreSQL 14 or newer, as a postgres:// address',
    otherwise: 'an embedded PostgreSQL below `DATA_DIR`, for trying out and development',
    secret: true,
  },
  {
    name: 'LIST_DATABASE_URL',
    meaning: 'a login of its own for the list module',
    otherwise: '`DATABASE_URL`, and there the role that `migrate` makes',
    secret: true,
  },
  {
    name: 'REDIS_URL',
    meaning: 'Redis for the queue, as a redis:// or rediss:// address, or redis+cluster:// or redis+sentinel://',
    otherwise: 'the queue lives in PostgreSQL',
    secret: true,
  },
  {
    name: 'TOKEN_ENCRYPTION_KEYS',
    meaning: 'keys that seal the credentials, as `kid:base64,kid2:base64`; the first seals, all open',
    otherwise: 'needed with `DATABASE_URL`; the embedded default makes its own',
    secret: true,
  },
  {
    name: 'HOST',
    meaning: 'address that every daemon listens on, for the list, `/healthz`, `/readyz` and `/metrics`',
    otherwise: '127.0.0.1',
  },
  { name: 'PORT', meaning: 'port that it listens on; two daemons on one machine need one each', otherwise: '4100' },
  {
    name: 'ADMIN_PORT',
    meaning: 'port on which a scheduler or worker shows its queues to operators, at `/queues`, to look at',
    otherwise: 'they are not shown',
  },
  {
    name: 'ADMIN_HOST',
    meaning: 'address for that; it asks for no key, so keep it private',
    otherwise: '127.0.0.1',
  },
  {
    name: 'LIST_BURST_LIMIT',
    meaning: 'requests that the list answers one key in 60 s, whole fleet with Redis',
    otherwise: '60',
  },
  { name: 'LIST_SUSTAINED_LIMIT', meaning: 'the same in 15 min', otherwise: '1000' },
  {
    name: 'LIST_ADDRESS_LIMIT',
    meaning: 'requests without a good key from one address in 60 s, per process',
    otherwise: '300',
  },
  {
    name: 'LIST_CORS_ORIGINS',
    meaning: 'origins whose pages may read the list, separated by commas',
    otherwise: 'no page of another origin',
  },
  {
    name: 'LIST_TRUSTED_PROXIES',
    meaning: 'addresses or networks of proxies whose `x-forwarded-for` is believed, separated by commas',
    otherwise: 'the address that connects is the one that asks',
  },
  {
    name: 'LIST_DRAIN_MS',
    meaning: 'on SIGTERM, how long `/readyz` says no before the list stops accepting',
    otherwise: '1000',
  },
  { name: 'LOG_LEVEL', meaning: `one of ${LOG_LEVELS.join(', ')}`, otherwise: 'info' },
  {
    name: 'LOG_FORMAT',
    meaning: '`json`, a line per event, or `pretty`, for people',
    otherwise: 'pretty on a terminal, JSON elsewhere',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    meaning: 'collector that gets traces, over http; the other `OTEL_*` settings of OpenTelemetry hold as well',
    otherwise: 'no traces',
  },
  { name: 'SCAN_INTERVAL_MS', meaning: 'time between two looks for due accounts', otherwise: '2000' },
  { name: 'WORKER_CONCURRENCY', meaning: 'requests in flight per app and process', otherwise: '20' },
  { name: 'ATTEMPT_RETENTION_DAYS', meaning: 'how long the history of attempts is kept', otherwise: '90' },
  {
    name: 'DATA_DIR',
    meaning: 'folder of the embedded default, and of new tokens on their way into Postgres',
    otherwise: '.data',
  },
  ...PLATFORM_SETTINGS,
] as const satisfies readonly Setting[]

export type SettingName = (typeof SETTINGS)[number]['name']
