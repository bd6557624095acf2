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
    meaning: 'Redis for the queue, as a redis:// or rediss:// address',
    otherwise: 'the queue lives in PostgreSQL',
    secret: true,
  },
  {
    name: 'TOKEN_ENCRYPTION_KEYS',
    meaning: 'keys that seal the credentials, as `kid:base64,kid2:base64`; the first seals, all open',
    otherwise: 'needed with `DATABASE_URL`; the embedded default makes its own',
    secret: true,
  },
  { name: 'HOST', meaning: 'address that the list module listens on', otherwise: '127.0.0.1' },
  { name: 'PORT', meaning: 'port that the list module listens on', otherwise: '4100' },
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
  { name: 'SCAN_INTERVAL_MS', meaning: 'time between two looks for due accounts', otherwise: '2000' },
  { name: 'WORKER_CONCURRENCY', meaning: 'requests in flight per app and process', otherwise: '20' },
  { name: 'ATTEMPT_RETENTION_DAYS', meaning: 'how long the history of attempts is kept', otherwise: '90' },
  { name: 'DATA_DIR', meaning: 'folder of the embedded default', otherwise: '.data' },
  { name: 'INSTAGRAM_BASE_URL', meaning: 'origin of the Instagram API', otherwise: 'https://graph.instagram.com' },
  { name: 'INSTAGRAM_RATE_LIMIT', meaning: 'requests per second to Instagram, whole fleet', otherwise: 'no limit' },
  {
    name: 'FACEBOOK_CLIENT_ID',
    meaning: 'app id of our app at Facebook',
    otherwise: 'Facebook Login accounts are left alone',
  },
  {
    name: 'FACEBOOK_CLIENT_SECRET',
    meaning: 'client secret of our app at Facebook',
    otherwise: 'Facebook Login accounts are left alone',
    secret: true,
  },
  { name: 'FACEBOOK_BASE_URL', meaning: 'origin of the Facebook API', otherwise: 'https://graph.facebook.com' },
  { name: 'FACEBOOK_RATE_LIMIT', meaning: 'requests per second to Facebook, whole fleet', otherwise: 'no limit' },
  { name: 'THREADS_BASE_URL', meaning: 'origin of the Threads API', otherwise: 'https://graph.threads.net' },
  { name: 'THREADS_RATE_LIMIT', meaning: 'requests per second to Threads, whole fleet', otherwise: 'no limit' },
  { name: 'X_CLIENT_ID', meaning: 'client id of our app at X', otherwise: 'X accounts are left alone' },
  {
    name: 'X_CLIENT_SECRET',
    meaning: 'client secret of our app at X',
    otherwise: 'our app is a public client',
    secret: true,
  },
  { name: 'X_BASE_URL', meaning: 'origin of the X API', otherwise: 'https://api.x.com' },
  { name: 'X_RATE_LIMIT', meaning: 'requests per second to X, whole fleet', otherwise: 'no limit' },
  {
    name: 'LINKEDIN_CLIENT_ID',
    meaning: 'client id of our app at LinkedIn',
    otherwise: 'LinkedIn accounts are left alone',
  },
  {
    name: 'LINKEDIN_CLIENT_SECRET',
    meaning: 'client secret of our app at LinkedIn',
    otherwise: 'LinkedIn accounts are left alone',
    secret: true,
  },
  { name: 'LINKEDIN_BASE_URL', meaning: 'origin of the LinkedIn API', otherwise: 'https://www.linkedin.com' },
  { name: 'LINKEDIN_RATE_LIMIT', meaning: 'requests per second to LinkedIn, whole fleet', otherwise: 'no limit' },
  { name: 'TIKTOK_CLIENT_ID', meaning: 'client key of our app at TikTok', otherwise: 'TikTok accounts are left alone' },
  {
    name: 'TIKTOK_CLIENT_SECRET',
    meaning: 'client secret of our app at TikTok',
    otherwise: 'TikTok accounts are left alone',
    secret: true,
  },
  { name: 'TIKTOK_BASE_URL', meaning: 'origin of the TikTok API', otherwise: 'https://open.tiktokapis.com' },
  { name: 'TIKTOK_RATE_LIMIT', meaning: 'requests per second to TikTok, whole fleet', otherwise: 'no limit' },
  {
    name: 'TIKTOK_BUSINESS_CLIENT_ID',
    meaning: 'app id of our app at TikTok for Business',
    otherwise: 'TikTok for Business accounts are left alone',
  },
  {
    name: 'TIKTOK_BUSINESS_CLIENT_SECRET',
    meaning: 'client secret of our app at TikTok for Business',
    otherwise: 'TikTok for Business accounts are left alone',
    secret: true,
  },
  {
    name: 'TIKTOK_BUSINESS_BASE_URL',
    meaning: 'origin of the TikTok for Business API',
    otherwise: 'https://business-api.tiktok.com',
  },
  {
    name: 'TIKTOK_BUSINESS_RATE_LIMIT',
    meaning: 'requests per second to TikTok for Business, whole fleet',
    otherwise: 'no limit',
  },
  {
    name: 'YOUTUBE_CLIENT_ID',
    meaning: 'client id of our app at Google',
    otherwise: 'YouTube accounts are left alone',
  },
  {
    name: 'YOUTUBE_CLIENT_SECRET',
    meaning: 'client secret of our app at Google',
    otherwise: 'YouTube accounts are left alone',
    secret: true,
  },
  { name: 'YOUTUBE_BASE_URL', meaning: 'origin of the Google API', otherwise: 'https://oauth2.googleapis.com' },
  { name: 'YOUTUBE_RATE_LIMIT', meaning: 'requests per second to Google, whole fleet', otherwise: 'no limit' },
  {
    name: 'PINTEREST_CLIENT_ID',
    meaning: 'app id of our app at Pinterest',
    otherwise: 'Pinterest accounts are left alone',
  },
  {
    name: 'PINTEREST_CLIENT_SECRET',
    meaning: 'client secret of our app at Pinterest',
    otherwise: 'Pinterest accounts are left alone',
    secret: true,
  },
  { name: 'PINTEREST_BASE_URL', meaning: 'origin of the Pinterest API', otherwise: 'https://api.pinterest.com' },
  { name: 'PINTEREST_RATE_LIMIT', meaning: 'requests per second to Pinterest, whole fleet', otherwise: 'no limit' },
  { name: 'BLUESKY_PLC_URL', meaning: 'directory that resolves did:plc', otherwise: 'https://plc.directory' },
  {
    name: 'BLUESKY_CLIENT_ID',
    meaning: 'address of our client metadata, for Bluesky OAuth',
    otherwise: 'Bluesky OAuth accounts are left alone',
  },
  {
    name: 'BLUESKY_PRIVATE_JWK',
    meaning: 'our private key for Bluesky OAuth: a JWK on P-256 with a `kid`',
    otherwise: 'our client is a public one',
    secret: true,
  },
  {
    name: 'BLUESKY_RATE_LIMIT',
    meaning: 'requests per second to all Bluesky hosts, whole fleet',
    otherwise: 'no limit',
  },
  {
    name: 'ALLOW_PRIVATE_NETWORK',
    meaning: '`1` lets hosts that accounts and webhooks supply be private addresses and plain http: tests only',
    otherwise: 'https and public addresses only',
  },
] as const satisfies readonly Setting[]

export type SettingName = (typeof SETTINGS)[number]['name']
