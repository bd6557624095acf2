import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'

const key = (bytes = 32) => randomBytes(bytes).toString('base64')
const read = (env: Record<string, string>, needs = { keys: false }) => readConfig(env, needs)

function problemsOf(env: Record<string, string>, needs = { keys: false }): string {
  try {
    readConfig(env, needs)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('without any setting', () => {
  test('the embedded default and the documented values hold', () => {
    expect(read({}, { keys: true })).toMatchObject({
      databaseUrl: null,
      listDatabaseUrl: null,
      redisUrl: null,
      encryptionKeys: null,
      host: '127.0.0.1',
      port: 4100,
      list: {
        burstLimit: 60,
        sustainedLimit: 1000,
        addressLimit: 300,
        corsOrigins: [],
        trustedProxies: [],
        drainMs: 1000,
      },
      logLevel: 'info',
      scanIntervalMs: 2000,
      workerConcurrency: 20,
      attemptRetentionDays: 90,
      dataDir: '.data',
      blueskyPlcUrl: 'https://plc.directory',
      allowPrivateNetwork: false,
      apps: { X: { clientId: null, clientSecret: null, baseUrl: null, requestsPerSecond: null } },
    })
  })

  test('an empty value is one that is not set', () => {
    expect(read({ PORT: '', REDIS_URL: '  ' })).toMatchObject({ port: 4100, redisUrl: null })
  })
})

describe('good settings', () => {
  test('are read into what they mean', () => {
    const base64 = key()
    const config = read({
      DATABASE_URL: 'postgres://user:pass@db/name',
      TOKEN_ENCRYPTION_KEYS: `new:${base64}, old:${key()}`,
      X_CLIENT_ID: ' id\n',
      X_CLIENT_SECRET: 'secret\n',
      X_BASE_URL: 'http://localhost:1/x/',
      X_RATE_LIMIT: '7',
    })

    expect(config.encryptionKeys?.map(({ kid }) => kid)).toEqual(['new', 'old'])
    expect(config.encryptionKeys?.[0]?.key.toString('base64')).toBe(base64)
    expect(config.apps.X).toEqual({
      clientId: 'id',
      clientSecret: 'secret',
      clientKey: null,
      baseUrl: 'http://localhost:1/x',
      requestsPerSecond: 7,
    })
  })

  test('keys may be written in either base64', () => {
    const bytes = Buffer.alloc(32, 0xff)

    for (const text of [bytes.toString('base64'), bytes.toString('base64url')]) {
      expect(read({ TOKEN_ENCRYPTION_KEYS: `k:${text}` }).encryptionKeys?.[0]?.key).toEqual(bytes)
    }
  })
})

describe('settings of the list', () => {
  test('are read into what they mean', () => {
    const { list } = read({
      LIST_BURST_LIMIT: '5',
      LIST_CORS_ORIGINS: 'https://app.example.com, http://localhost:3000',
      LIST_TRUSTED_PROXIES: '10.0.0.0/8,::1',
      LIST_DRAIN_MS: '0',
    })

    expect(list).toMatchObject({
      burstLimit: 5,
      corsOrigins: ['https://app.example.com', 'http://localhost:3000'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      drainMs: 0,
    })
  })

  test.each([
    ['LIST_BURST_LIMIT', '0'],
    ['LIST_CORS_ORIGINS', '*'],
    ['LIST_CORS_ORIGINS', 'https://app.example.com/'],
    ['LIST_CORS_ORIGINS', 'https://app.example.com,'],
    ['LIST_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['LIST_TRUSTED_PROXIES', 'proxy.example.com'],
    ['LIST_DRAIN_MS', '1s'],
  ])('%s is not %j', (name, value) => {
    expect(problemsOf({ [name]: value })).toContain(`${name}: must be`)
  })
})

describe('bad settings', () => {
  test('are all named in one error', () => {
    const problems = problemsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'http://x',
      X_RATE_LIMIT: '0',
      SCAN_INTERVAL_MS: '1e3',
    })

    expect(problems).toContain('5 settings are wrong')
    for (const name of ['PORT', 'LOG_LEVEL', 'REDIS_URL', 'X_RATE_LIMIT', 'SCAN_INTERVAL_MS'])
      expect(problems).toContain(`${name}:`)
    expect(problems).toContain('must be a whole number from 0 to 65535, but is "70000"')
  })

  test('never show the value of a secret', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://user:hunter2@db',
      LIST_DATABASE_URL: 'hunter2',
      REDIS_URL: 'hunter2',
      TOKEN_ENCRYPTION_KEYS: 'hunter2',
    })

    expect(problems).toContain('4 settings are wrong')
    expect(problems).not.toContain('hunter2')
  })

  test.each([
    ['a key without a name', key()],
    ['a short key', `k1:${key(16)}`],
    ['a long key', `k1:${key(33)}`],
    ['a name with a space', `k 1:${key()}`],
    ['something that is not base64', `k1:${'%'.repeat(44)}`],
    ['the same name twice', `k1:${key()},k1:${key()}`],
    ['a third part', `k1:${key()}:x`],
    ['an empty pair', `k1:${key()},`],
  ])('%s is refused', (_what, keys) => {
    expect(problemsOf({ TOKEN_ENCRYPTION_KEYS: keys })).toContain('TOKEN_ENCRYPTION_KEYS')
  })

  test('a missing key is one, with a database of our own choice and a command that seals', () => {
    const env = { DATABASE_URL: 'postgres://db/name' }

    expect(problemsOf(env, { keys: true })).toContain('TOKEN_ENCRYPTION_KEYS: is needed with DATABASE_URL')
    expect(problemsOf(env, { keys: false })).toBe('')
  })
})

describe('a setting that something else would choke on', () => {
  test.each([
    ['LIST_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['LIST_TRUSTED_PROXIES', '10.0.0.0/8,::/0'],
    ['REDIS_URL', 'redis:localhost'],
    ['REDIS_URL', 'redis://localhost/first'],
    ['REDIS_URL', 'redis://localhost/-1'],
    ['REDIS_URL', 'redis://user:100%sure@localhost'],
    ['DATABASE_URL', 'postgres://user:100%@localhost/tokens'],
    ['LIST_DATABASE_URL', 'postgres://user:100%@localhost/tokens'],
    ['X_BASE_URL', 'https://proxy.example/?to=x'],
    ['BLUESKY_PLC_URL', 'https://plc.example/#'],
  ])('is named: %s=%s', (name, value) => {
    const problem = problemsOf({ [name]: value })

    expect(problem).toContain(`  ${name}: `)
    expect(problem).not.toContain('100%')
  })

  test('a key in the place of its name is not shown', () => {
    const misplaced = Buffer.alloc(32, 7).toString('base64url')

    expect(problemsOf({ TOKEN_ENCRYPTION_KEYS: `${misplaced}:k1,${misplaced}:k2` })).not.toContain(misplaced.slice(8))
    expect(problemsOf({ TOKEN_ENCRYPTION_KEYS: `${misplaced}:${key()},${misplaced}:${key()}` })).not.toContain(
      misplaced.slice(8),
    )
  })
})
