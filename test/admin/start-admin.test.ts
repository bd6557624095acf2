import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { startAdmin } from '../../src/admin/start-admin.ts'
import { readConfig } from '../../src/config.ts'
import { openQueues } from '../../src/queue/queues.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aLog, silentLog } from '../fixtures/log.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aVault } from '../fixtures/vault.ts'

const config = readConfig({ X_CLIENT_ID: 'client' }, { keys: false })
const LOOPBACK = { host: '127.0.0.1', port: 0 }

interface Boarded {
  readonly queues: readonly { name: string; counts: Record<string, number>; readOnlyMode: boolean; jobs: unknown[] }[]
}

/** What `fetch` does not let a page say. */
const statusFor = (url: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end()
  })

describe.each(backends)('the board with its queues in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('shows every queue and the jobs in it, and the page that reads them', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = openQueues({
      ...{ redisUrl: server?.url ?? null, databaseUrl: database.url, workers: 0, log: silentLog },
    })
    const job = { accountIds: ['soc_1', 'soc_2'], trigger: 'operator' } as const
    await queues.add('X', [job], { requestedAt: new Date(), urgent: true })
    await using admin = await startAdmin({ config, queues }, LOOPBACK)

    const page = await (await fetch(admin.url)).text()
    const [, script = ''] = /src="(static\/js\/main\.\w+\.js)"/.exec(page) ?? []
    const api = `${admin.url}/api/queues?activeQueue=${encodeURIComponent('{refresh-x}')}&status=waiting`
    const boarded = (await (await fetch(api)).json()) as Boarded

    expect((await fetch(`${admin.url}/${script}`)).status).toBe(200)
    expect(boarded.queues.map(({ name }) => name)).toEqual(expect.arrayContaining(['{refresh-x}', '{scan}']))
    expect(boarded.queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true)
    const x = boarded.queues.find(({ name }) => name === '{refresh-x}')
    expect(x?.counts).toMatchObject({ waiting: 1 })
    expect(x?.jobs).toMatchObject([
      { name: 'refresh', data: { accountId: 'soc_1', others: ['soc_2'], trigger: 'operator' } },
    ])
  })

  test.skipIf(isMissing(backend))('changes nothing, whatever is asked of it', async () => {
    await using database = await aDatabase()
    await using server = await redis()
    await using queues = openQueues({
      ...{ redisUrl: server?.url ?? null, databaseUrl: database.url, workers: 0, log: silentLog },
    })
    await queues.add('X', [{ accountIds: ['soc_1'], trigger: 'operator' }], { requestedAt: new Date(), urgent: true })
    await using admin = await startAdmin({ config, queues }, LOOPBACK)
    const queue = `${admin.url}/api/queues/${encodeURIComponent('{refresh-x}')}`

    const answers = await Promise.all([
      fetch(`${queue}/empty`, { method: 'PUT' }),
      fetch(`${queue}/pause`, { method: 'PUT' }),
      fetch(`${queue}/obliterate`, { method: 'PUT' }),
      fetch(`${admin.url}/api/queues/pause`, { method: 'PUT' }),
      fetch(`${queue}/add`, { method: 'POST', body: '{}' }),
    ])

    expect(answers.map(({ status }) => status)).toEqual([405, 405, 405, 405, 405])
    expect(await queues.countWaiting('X')).toBe(1)
  })
})

describe('the board', () => {
  test('is for this machine alone, also when a name is made to mean it, and fetches nothing from elsewhere', async () => {
    await using database = await aDatabase()
    await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 0, log: silentLog })
    await using admin = await startAdmin({ config, queues }, LOOPBACK)

    const policy = (await fetch(admin.url)).headers.get('content-security-policy')

    expect(new URL(admin.url).hostname).toBe('127.0.0.1')
    expect(await statusFor(admin.url, 'evil.example.com')).toBe(403)
    expect(await statusFor(admin.url, 'localhost:1234')).toBe(200)
    expect(policy).toContain("default-src 'self'")
    expect(policy).not.toMatch(/https?:/)
  })

  test('is there where a port is set, and only then', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const { log, lines } = aLog()
    const options = { database, vault: aVault(), origin: platform.origin, redisUrl: null, log }
    const found = () => lines().find(({ msg }) => msg === 'operators see the queues')
    await using _without = await aDaemon(options)
    expect(found()).toBeUndefined()

    await using _with = await aDaemon({ ...options, env: { ADMIN_PORT: '0' } })

    expect((await fetch(`${found()?.url}/api/queues`)).status).toBe(200)
  })

  test('says which setting to change when its port is taken', async () => {
    await using database = await aDatabase()
    await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 0, log: silentLog })
    await using admin = await startAdmin({ config, queues }, LOOPBACK)

    await expect(
      startAdmin({ config, queues }, { host: '127.0.0.1', port: Number(new URL(admin.url).port) }),
    ).rejects.toThrow(/ADMIN_PORT: another process listens/)
  })
})
