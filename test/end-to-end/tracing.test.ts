import { randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { readTracingConfig } from '../../src/tracing-config.ts'
import { aDueLine } from '../fixtures/account.ts'
import { aCollector, type CollectedSpan } from '../fixtures/collector.ts'
import { aDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { run, start } from '../fixtures/process.ts'
import { backends, isMissing } from '../fixtures/redis.ts'
import { aStrictX } from '../fixtures/strict-x.ts'

/** Runs a daemon that refreshes one account, until its log holds what is waited for; returns the platform's requests and what the daemon wrote. */
async function refreshOne(
  redisUrl: string,
  otel: Record<string, string>,
  { until = '"outcome":"renewed"', nodeOptions = [] }: { until?: string; nodeOptions?: string[] } = {},
) {
  await using database = await aDatabase()
  await using platform = await aPlatformServer()
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    TOKEN_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    X_BASE_URL: platform.origin,
    X_CLIENT_ID: 'client',
    X_CLIENT_SECRET: 'CANARY-secret',
    PORT: '0',
    LIST_DRAIN_MS: '0',
    SCAN_INTERVAL_MS: '200',
    ...otel,
  }
  const line = aDueLine({}, { refreshToken: 'CANARY-token', accessToken: 'CANARY-access' })
  await run(['accounts', 'import', '-'], { env, input: `${JSON.stringify(line)}\n` })
  platform.answerAll(aStrictX(['CANARY-token'], { delayMs: 30 }).answer)
  await using daemon = start(['daemon'], { env, nodeOptions })
  await vi.waitFor(() => expect(daemon.stdout()).toContain(until), 30_000)
  daemon.signal('SIGTERM')
  return { ...(await daemon.ended), requests: platform.arrived }
}

/** Makes a process tell when it loads the SDK. */
const TELLING = [
  '--import',
  `data:text/javascript,${encodeURIComponent(`
    import { registerHooks } from 'node:module'
    import { stderr } from 'node:process'
    registerHooks({
      resolve(name, context, next) {
        if (name === '@opentelemetry/sdk-node') stderr.write('loads ' + name)
        return next(name, context)
      },
    })`)}`,
]

const valueIn = (span: CollectedSpan | undefined, key: string) =>
  Object.values(span?.attributes.find((attribute) => attribute.key === key)?.value ?? {})[0]
const lengthMs = (span: CollectedSpan | undefined) =>
  Number(BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0)) / 1e6

describe.each(backends)('traces of a daemon with its queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))('arrive at the collector, job and attempt as one, with nothing secret', async () => {
    await using collector = await aCollector()
    await using server = await redis()
    const otel = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }

    const { code, stderr, requests } = await refreshOne(server?.url ?? '', otel)

    expect([code, stderr]).toEqual([0, ''])
    const spans = collector.spans()
    const whole = spans.find(({ name }) => name === 'refresh')
    const below = (name: string) => spans.find((span) => span.name === name && span.parentSpanId === whole?.spanId)
    expect(valueIn(whole, 'token_refresh.outcome')).toBe('renewed')
    expect(valueIn(whole, 'token_refresh.account_id')).toMatch(/^soc_/)
    expect(['lease', 'request', 'commit'].map((name) => below(name)?.traceId)).toEqual(Array(3).fill(whole?.traceId))
    expect(lengthMs(below('request'))).toBeGreaterThanOrEqual(29)
    expect(lengthMs(whole)).toBeGreaterThanOrEqual(lengthMs(below('request')))
    // BullMQ's own span of the job, and the one of the scan that queued it.
    const job = spans.find(({ spanId }) => spanId === whole?.parentSpanId)
    expect(job?.name).toContain('refresh-x')
    expect(valueIn(job, 'bullmq.queue.name')).toBe('{refresh-x}')
    expect(collector.text()).toContain('token-refresh-worker')
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']))
    expect(collector.text()).not.toContain('CANARY')
    expect(requests.map(({ headers }) => headers.traceparent)).toEqual([undefined])
  })
})

describe('traces', () => {
  test('go out as protobuf without further settings, with nothing secret either', async () => {
    await using collector = await aCollector()

    const { code, stdout } = await refreshOne('', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })

    expect(code).toBe(0)
    expect(collector.text()).toContain('token_refresh.outcome')
    expect(collector.text()).not.toContain('CANARY')
    for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('that nobody takes are complained about, and hold up neither the work nor the end', async () => {
    const otel = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      // How long a delivery is tried again.
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=CANARY-key',
    }

    const { code, stdout, stderr } = await refreshOne('', otel, { until: 'traces are not delivered' })

    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('"message":"connect ECONNREFUSED 127.0.0.1:1"')
    expect(stdout).toContain('"outcome":"renewed"')
    expect(stdout).not.toContain('CANARY')
    for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  })

  test('are made only for who asks for them', () => {
    const read = (env: Record<string, string>) => readTracingConfig({ text: (name) => env[name] ?? null })
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

    expect(read({})).toBeNull()
    expect(read({ OTEL_SERVICE_NAME: 'tokens' })).toBeNull()
    expect(read({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeNull()
    expect(read({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeNull()
    expect(read(endpoint)).toEqual({ serviceName: 'token-refresh-worker' })
    expect(read({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SERVICE_NAME: 'tokens' })).toEqual({ serviceName: null })
    expect(read({ ...endpoint, OTEL_RESOURCE_ATTRIBUTES: 'a=b,service.name=x' })).toEqual({ serviceName: null })
  })

  test('load what they need where somebody asks for them, and nothing else does', async () => {
    await using collector = await aCollector()

    const without = await refreshOne('', {}, { nodeOptions: TELLING })
    const withThem = await refreshOne('', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, { nodeOptions: TELLING })

    expect(without.stderr).toBe('')
    expect(withThem.stderr).toContain('loads @opentelemetry/sdk-node')
  })
})
