import fc from 'fast-check'
import fastify from 'fastify'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { type Config, ConfigError, readConfig } from '../../src/config.ts'
import { SETTINGS } from '../../src/settings.ts'
import { anyText, jsonText, numberText } from './any-json.ts'
import { effort, PATIENCE_MS } from './effort.ts'

const SECRET = 'SECRETsecret0123456789secretSECRETsecret012'

const host = fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'a_b', '%41', '', 'h:1', 'h:99999', 'h:', '..')
const path = fc.constantFrom(
  '',
  '/',
  '/0',
  '/tokens',
  '/%',
  '/-1',
  '/1e3',
  '/a/b',
  '?x=1',
  '#',
  '?sslmode=require',
  '//',
)
const login = fc.constantFrom(
  '',
  'user@',
  `user:${SECRET}@`,
  `user:%${SECRET}@`,
  'u:p@ss@',
  ':@',
  '%zz@',
  'user:a%2fb@',
)
const scheme = fc.constantFrom(
  'postgres',
  'postgresql',
  'redis',
  'rediss',
  'https',
  'http',
  'HTTPS',
  'file',
  'javascript',
)
const address = fc
  .tuple(scheme, fc.constantFrom('://', ':', ':/', ':///'), login, host, path)
  .map((parts) => parts.join(''))
const network = fc
  .tuple(
    fc.constantFrom('10.0.0.0', '0.0.0.0', '::', '::ffff:10.0.0.1', 'fe80::1%eth0', '256.1.1.1', '010.0.0.1', '1.2.3'),
    fc.constantFrom('', '/0', '/1', '/8', '/08', '/32', '/33', '/128', '/129', '/-1', '/ 8', '/1e1', '/8/8'),
  )
  .map((parts) => parts.join(''))
const masterKey = fc
  .tuple(
    fc.constantFrom('k1', 'k2', '', SECRET, 'a b', '__proto__'),
    fc.constantFrom(SECRET, Buffer.alloc(32, 7).toString('base64'), '', `${SECRET}=`, 'A'),
  )
  .map((parts) => parts.join(':'))
const listed = fc
  .array(fc.oneof(network, masterKey, address, fc.constantFrom('*', 'null', 'https://a.example')), { maxLength: 3 })
  .map((entries) => entries.join(','))
const value = fc.oneof(
  address,
  listed,
  masterKey,
  network,
  numberText,
  anyText,
  fc.constant(SECRET),
  jsonText(['kty', 'crv', 'x', 'y', 'd', 'kid']),
)

const names = SETTINGS.map(({ name }) => name)
const env = fc.dictionary(fc.oneof(fc.constantFrom(...names), anyText), value, { maxKeys: 8 })

test(
  'any settings are read, or refused in one message that names them and shows no secret',
  async () => {
    await fc.assert(
      fc.asyncProperty(env, fc.boolean(), async (settings, keys) => {
        const read = readOrRefuse(settings, keys)

        if (typeof read === 'string') expectFit(read, settings)
        else await expectUsable(read)
      }),
      effort(2000),
    )
  },
  PATIENCE_MS,
)

/** Whatever else is thrown fails the property. */
function readOrRefuse(settings: Record<string, string>, keys: boolean): Config | string {
  try {
    return readConfig(settings, { keys })
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

function expectFit(message: string, settings: Record<string, string>): void {
  const [, ...problems] = message.split('\n  ')
  expect(problems.length).toBeGreaterThan(0)
  for (const problem of problems) expect(names as string[]).toContain(problem.slice(0, problem.indexOf(':')))
  for (const setting of SETTINGS) {
    const isSecret = 'secret' in setting && settings[setting.name]?.includes(SECRET)
    if (!isSecret) continue
    const own = problems.filter((problem) => problem.startsWith(`${setting.name}:`)).join()
    expect(own).not.toContain(SECRET.slice(8))
  }
}

/** What is taken is taken by whatever it is for, too. */
async function expectUsable({ databaseUrl, listDatabaseUrl, redisUrl, list, apps }: Config): Promise<void> {
  for (const url of [databaseUrl, listDatabaseUrl]) if (url !== null) new Client(url)
  if (redisUrl !== null) expect(new Redis(redisUrl, { lazyConnect: true }).options.db).toBeGreaterThanOrEqual(0)
  for (const { baseUrl } of Object.values(apps)) if (baseUrl !== null) new URL(`${baseUrl}/token`)
  if (list.trustedProxies.length > 0) await fastify({ trustProxy: [...list.trustedProxies] }).close()
}
