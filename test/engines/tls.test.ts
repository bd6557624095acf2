import { chown, copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, inject, test, vi } from 'vitest'
import { openDatabase } from '../../src/database/connect.ts'
import { checkQueue } from '../../src/doctor/check-queue.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import { type Certificates, someCertificates } from '../fixtures/certificates.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aKeyFor, PATH } from '../fixtures/list.ts'
import { silentLog } from '../fixtures/log.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { run } from '../fixtures/process.ts'
import { startRedisServer } from '../fixtures/redis-server.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aVault } from '../fixtures/vault.ts'

const noServer = inject('redisServer') === null

/** Lets the tests' PostgreSQL take connections over TLS too, which nobody notices who does not ask for it. */
async function secure(database: TestDatabase, { cert, key }: Certificates): Promise<void> {
  const [found] = await database.query<{ folder: string }>("select current_setting('data_directory') as folder")
  const folder = found?.folder ?? ''
  const { uid, gid } = await stat(folder)
  for (const [from, name] of [
    [cert, 'server.crt'],
    [key, 'server.key'],
  ] as const) {
    await copyFile(from, join(folder, name))
    await chown(join(folder, name), uid, gid)
  }
  await database.administer('alter system set ssl = on')
  await database.administer('select pg_reload_conf()')
}

/** Of a Redis that takes no client without a certificate of the CA. */
function settingsOf({ ca, cert, key }: Certificates): string[] {
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca]
  return [...files, '--tls-auth-clients', 'yes']
}

/** What a statement at an address answers: whether it came over TLS, or why it did not come. */
async function ask(url: string): Promise<unknown> {
  await using db = openDatabase(url, { connections: 1, name: 'test', log: silentLog, queryTimeoutMs: null })
  const answer = db.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
  return answer.then(
    ({ rows }) => rows[0]?.ssl,
    (error) => error.message,
  )
}

function addressed(url: string, host: string, parameters: Record<string, string>): string {
  const address = new URL(url)
  address.hostname = host
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  return address.href
}

describe.skipIf(noServer)('with certificates of a private CA', () => {
  test('PostgreSQL and Redis are used over TLS, and whoever they are not is refused', async () => {
    await using files = await someCertificates()
    await using database = await aDatabase()
    await secure(database, files)
    await using server = await startRedisServer('redis-server', settingsOf(files))
    await using platform = await aPlatformServer()
    const vault = aVault()
    await connect(database, vault, aDueLine({}, { refreshToken: 'one' }))
    platform.answerAll(aStrictX(['one']).answer)
    const client = { sslcert: files.cert, sslkey: files.key }
    const redisUrl = addressed(`rediss://host:${server.port}`, 'localhost', { ...client, sslrootcert: files.ca })
    const verified = { sslmode: 'verify-full', sslrootcert: files.ca }
    const databaseUrl = addressed(database.url, 'localhost', verified)
    await vi.waitFor(async () => expect(await ask(databaseUrl)).toBe(true), 20_000)

    const options = { database: { ...database, url: databaseUrl }, vault, origin: platform.origin, redisUrl }
    await using daemon = await aDaemon({ ...options, env: { LIST_BURST_LIMIT: '2' } })
    await vi.waitFor(
      async () => expect(await database.query('select from account_credentials where version = 2')).toHaveLength(1),
      20_000,
    )

    const headers = { authorization: await aKeyFor(database, null) }
    const statuses: number[] = []
    for (let count = 0; count < 3; count++) statuses.push((await fetch(`${daemon.listUrl}${PATH}`, { headers })).status)
    expect(statuses).toEqual([200, 200, 429])
    expect((await checkQueue(redisUrl, '')).message).toMatch(/^Redis \S+ over TLS, noeviction$/)
    expect(await checkQueue(redisUrl.replace('localhost', '127.0.0.1'), '')).toMatchObject({ state: 'failed' })
    const unknown = addressed(`rediss://host:${server.port}`, 'localhost', client)
    expect((await checkQueue(unknown, '')).todo).toContain('?sslrootcert=/path/ca.pem')
    expect((await checkQueue(`${unknown}&sslrootcert=/missing.pem`, '')).message).toContain(
      'the file of sslrootcert cannot be read (ENOENT): /missing.pem',
    )
    expect(await ask(addressed(database.url, '127.0.0.1', verified))).toContain('does not match')
    expect(await ask(addressed(database.url, 'localhost', { sslmode: 'verify-full' }))).toContain('certificate')
  })

  test('which Node trusts in the whole process, the addresses need not name it', async () => {
    await using files = await someCertificates()
    await using database = await aDatabase()
    await secure(database, files)
    await using server = await startRedisServer('redis-server', settingsOf(files))
    const client = { sslcert: files.cert, sslkey: files.key }
    const verified = { sslmode: 'verify-full', sslrootcert: files.ca }
    const databaseUrl = addressed(database.url, 'localhost', verified)
    await vi.waitFor(async () => expect(await ask(databaseUrl)).toBe(true), 20_000)
    const env = {
      DATABASE_URL: addressed(database.url, 'localhost', { sslmode: 'verify-full' }),
      REDIS_URL: addressed(`rediss://host:${server.port}`, 'localhost', client),
      TOKEN_ENCRYPTION_KEYS: `k1:${'A'.repeat(43)}=`,
    }

    const [trusting, missing] = await Promise.all([
      run(['status', '--json'], { env: { ...env, NODE_EXTRA_CA_CERTS: files.ca } }),
      run(['status'], { env: { ...env, DATABASE_URL: `${databaseUrl}x` } }),
    ])

    expect(trusting).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(trusting.stdout)).toMatchObject({ queue: expect.anything() })
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The file \S+ cannot be read .*sslrootcert/),
    })
  })
})
