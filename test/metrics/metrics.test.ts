import { describe, expect, test, vi } from 'vitest'
import { openMetrics } from '../../src/metrics/metrics.ts'
import { aDueLine, aLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase } from '../fixtures/database.ts'
import { documented } from '../fixtures/documented-metrics.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { readFamilies, readSamples, sampleOf } from '../fixtures/scrape.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aVault } from '../fixtures/vault.ts'

const MINUTE_MS = 60_000
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString()
const scrape = async (url: string) => (await fetch(`${url}/metrics`)).text()

const NOTHING = { now: new Date(), platforms: [], paused: [], lastScanAt: null }

describe.each(backends)('/metrics of a daemon with its queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))(
    'tells what was done and how the fleet stands, as the documentation says',
    async () => {
      await using database = await aDatabase()
      await using server = await redis()
      await using platform = await aPlatformServer()
      const vault = aVault()
      await connect(
        database,
        vault,
        aDueLine({}, { refreshToken: 'CANARY-early' }),
        aDueLine({ tokenExpiresAt: ago(10) }, { refreshToken: 'CANARY-late' }),
        aLine(),
      )
      // Nobody refreshes it, because its app is not configured here.
      await connect(database, vault, aLine({ platform: 'INSTAGRAM', tokenExpiresAt: ago(30) }, { refreshToken: null }))
      await database.query(
        `insert into platform_states (app, paused_until, reason) values
       ('INSTAGRAM', now() + interval '1 h', 'CANARY: whatever an operator says')`,
      )
      platform.answerAll(aStrictX(['CANARY-early', 'CANARY-late']).answer)

      await using daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: server?.url ?? null })
      await vi.waitFor(async () => {
        const renewed = { platform: 'X', trigger: 'schedule', outcome: 'renewed' }
        expect(sampleOf(await scrape(daemon.url), 'token_refresh_attempts_total', renewed)).toBe(2)
      }, 20_000)
      await using other = await aDaemon({
        ...{ database, vault, origin: platform.origin, redisUrl: server?.url ?? null },
        roles: ['scheduler'],
      })
      const text = await scrape(daemon.url)
      const fresh = await scrape(other.url)

      expect(sampleOf(text, 'token_refresh_time_left_seconds_count', { platform: 'X' })).toBe(2)
      expect(sampleOf(text, 'token_refresh_time_left_seconds_bucket', { platform: 'X', le: '0' })).toBe(1)
      expect(sampleOf(text, 'token_refresh_expired_token_seconds_total', { platform: 'X' })).toBeGreaterThanOrEqual(600)
      for (const name of ['answer_duration', 'commit_duration', 'attempt_duration'])
        expect(sampleOf(text, `token_refresh_${name}_seconds_count`, { platform: 'X' })).toBe(2)
      expect(sampleOf(text, 'token_refresh_scan_accounts_sum')).toBe(2)
      expect(sampleOf(fresh, 'token_refresh_accounts', { platform: 'X', status: 'ACTIVE' })).toBe(3)
      expect(sampleOf(fresh, 'token_refresh_accounts_overdue', { platform: 'INSTAGRAM' })).toBe(1)
      expect(sampleOf(fresh, 'token_refresh_oldest_overdue_seconds', { platform: 'INSTAGRAM' })).toBeGreaterThanOrEqual(
        1800,
      )
      expect(sampleOf(fresh, 'token_refresh_app_paused', { app: 'INSTAGRAM', reason: 'operator' })).toBe(1)
      expect(sampleOf(fresh, 'token_refresh_scan_age_seconds')).toBeLessThan(60)
      expect(sampleOf(fresh, 'token_refresh_queue_depth', { queue: 'refresh-x' })).toBe(0)
      expect(sampleOf(fresh, 'bullmq_job_count', { queue: 'scan', state: 'delayed' })).toBeDefined()
      expect(sampleOf(fresh, 'nodejs_eventloop_lag_seconds')).toBeDefined()
      expect(text + fresh).not.toMatch(/CANARY|soc_/)
      const families = readFamilies(text + fresh).filter(({ name }) => OWN.test(name))
      expect(documented.map(({ name }) => name).sort()).toEqual([...new Set(families.map(({ name }) => name))].sort())
      for (const { name, type, help, labels } of families) {
        const row = documented.find((other) => other.name === name)
        expect(row).toMatchObject({ type, help })
        expect(
          labels.filter((label) => !row?.labels.includes(label)),
          name,
        ).toEqual([])
      }
    },
  )
})

const OWN = /^(token_refresh|bullmq)_/

describe('a daemon without the list', () => {
  test('answers probes and metrics of its own, and nothing else', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const options = { database, vault: aVault(), origin: platform.origin, redisUrl: null }
    await using daemon = await aDaemon({ ...options, roles: ['worker'] })

    const [health, ready, metrics, api] = await Promise.all(
      ['/healthz', '/readyz', '/metrics', '/api/v1/social-accounts'].map((path) => fetch(daemon.url + path)),
    )

    expect([health?.status, ready?.status, metrics?.status, api?.status]).toEqual([200, 200, 200, 404])
    expect(await api?.json()).toMatchObject({ code: 'NOT_FOUND', requestId: expect.stringMatching(/^req_/) })
    expect(metrics?.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(daemon.listUrl).toBeNull()
  })

  test('says which setting to change when its port is taken', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const options = { database, vault: aVault(), origin: platform.origin, redisUrl: null, roles: ['worker'] } as const
    await using one = await aDaemon(options)

    await expect(aDaemon({ ...options, env: { PORT: new URL(one.url).port } })).rejects.toThrow(
      /PORT: another process listens on \d+\. Every daemon needs a port of its own/,
    )
  })
})

describe('the metrics of a process with the list alone', () => {
  test('say nothing of the fleet, which its login may not read', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const options = { database, vault: aVault(), origin: platform.origin, redisUrl: null }
    await using daemon = await aDaemon({ ...options, roles: ['list'] })

    const names = readSamples(await scrape(daemon.url)).map(({ name }) => name)

    expect(names).toContain('token_refresh_role')
    expect(names).toContain('process_resident_memory_bytes')
    expect(names).not.toContain('token_refresh_accounts')
    expect(names).not.toContain('token_refresh_source_up')
  })
})

describe('a source of gauges', () => {
  test('is read once, however many scrape', async () => {
    const metrics = openMetrics([])
    let reads = 0
    metrics.watchFleet(async () => {
      reads++
      return NOTHING
    })

    await Promise.all(Array.from({ length: 10 }, () => metrics.render()))
    await metrics.render()

    expect(reads).toBe(1)
  })

  test('that cannot be read is left out and said so, and the rest is there', async () => {
    const metrics = openMetrics(['worker'])
    metrics.watchQueues(() => Promise.reject(new Error('away')))
    metrics.watchFleet(async () => ({ ...NOTHING, lastScanAt: new Date(NOTHING.now.getTime() - 1500) }))

    const text = await metrics.render()

    expect(sampleOf(text, 'token_refresh_source_up', { source: 'queues' })).toBe(0)
    expect(sampleOf(text, 'token_refresh_source_up', { source: 'fleet' })).toBe(1)
    expect(sampleOf(text, 'token_refresh_queue_depth')).toBeUndefined()
    expect(sampleOf(text, 'token_refresh_scan_age_seconds')).toBe(1.5)
  })
})
