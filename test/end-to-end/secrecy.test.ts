import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Faults } from '../../src/simulator/faults.ts'
import { CLIENT } from '../../src/simulator/pretend.ts'
import { PRETENDS } from '../../src/simulator/pretends.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { DAY_MS } from '../../src/units.ts'
import { dumpDatabase, dumpFolder, dumpRedis, findLeaks, type Places } from '../fixtures/canaries.ts'
import { aCollector, type Collector } from '../fixtures/collector.ts'
import { runHere } from '../fixtures/command.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { PATH } from '../fixtures/list.ts'
import type { PlatformServer } from '../fixtures/platform-server.ts'
import { type Running, start } from '../fixtures/process.ts'
import { backends, isMissing, type TestRedis } from '../fixtures/redis.ts'
import { aReceiver } from '../fixtures/webhooks.ts'

describe('what looks for leaks', () => {
  const secret = 'xr_Za9-_~+/hq0Lk4mT8'
  const json = JSON.stringify({ password: secret })

  test.each([
    ['as it is', secret],
    ['in an address', `?a=${encodeURIComponent(secret)}&b`],
    ['in hexadecimal', Buffer.from(json).toString('hex')],
    ...[0, 1, 2].map((before) => [
      `in base64 at ${before}`,
      Buffer.from(`${'x'.repeat(before)}${secret}yz`).toString('base64'),
    ]),
    ['in base64url', Buffer.from(`user:${secret}`).toString('base64url')],
  ])('finds a secret %s', (_how, text) => {
    expect(findLeaks({ here: text }, [secret, 'another-secret'])).toEqual(['here: xr_Za9-_~+…'])
  })
})

/** What becomes of one account of each kind; what the platform says repeats what it was shown. */
const FAULTS: Readonly<Record<string, (secret: string) => { status: number; body: unknown } | { losesAnswer: true }>> =
  {
    X: (secret) => ({ status: 500, body: `<html>${secret}</html>` }),
    LINKEDIN_PERSON: (secret) => ({ status: 429, body: { error: secret, message: secret } }),
    TIKTOK_PERSONAL: () => ({ losesAnswer: true }),
    TIKTOK_BUSINESS: (secret) => ({ status: 200, body: { code: 40104, message: `auth_removed ${secret}`, data: {} } }),
    YOUTUBE: () => ({ status: 400, body: { error: `no ${CLIENT.secret}`, error_description: CLIENT.secret } }),
    PINTEREST: (secret) => ({ status: 401, body: { code: 283, message: secret } }),
    INSTAGRAM: (secret) => ({
      status: 400,
      body: { error: { code: 190, error_subcode: 463, message: secret, type: secret, fbtrace_id: secret } },
    }),
  }

interface Scene {
  readonly database: TestDatabase
  readonly simulator: Simulator
  readonly collector: Collector
  readonly receiver: PlatformServer
  readonly server: TestRedis | null
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Those of the accounts as they were connected. */
  readonly tokens: string[]
  /** Everything that nobody may read, up to now. */
  readonly secrets: () => readonly string[]
}

describe.each(backends)('with the queue in $backend', ({ backend, redis }) => {
  test.skipIf(isMissing(backend))(
    'no secret stands anywhere outside of sealed values, whatever happens to the accounts and to the daemon',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-secrecy-'))
      try {
        await using database = await aDatabase()
        await using simulator = await startSimulator({ port: 0 })
        await using collector = await aCollector()
        await using receiver = await aReceiver()
        await using server = await redis()
        const scene = aScene({ database, simulator, collector, receiver, server, folder })
        const { ids, said, key } = await prepare(scene)
        await using daemon = start(['daemon'], { env: scene.env })

        await vi.waitFor(() => expectTried(scene), { timeout: 50_000, interval: 250 })
        // The one whose outcome the database refuses is given up after some tries.
        await vi.waitFor(() => expect(daemon.stdout()).toContain('an attempt broke off'), 30_000)
        const cmdline = await readFile(`/proc/${daemon.pid}/cmdline`, 'latin1')
        const running = { ...(await lookAround(scene, 'running')), ...(await askHttp(daemon, ids, key)) }
        daemon.signal('SIGKILL')
        const killed = await daemon.ended
        await using other = start(['daemon'], { env: scene.env, nodeOptions: CRASHING })
        const crashed = await crash(other, scene)
        const places: Places = {
          ...said,
          ...running,
          cmdline,
          ...outputOf('killed', killed),
          ...outputOf('crashed', crashed),
          ...(await runCommands(scene, ids)),
          ...(await lookAround(scene, 'crashed')),
        }

        expect(findLeaks(places, [...scene.secrets(), key])).toEqual([])
        // All of it was really looked at.
        expect(await outcomesIn(database)).toEqual(expect.arrayContaining(OUTCOMES))
        expect(crashed.stderr).toContain('nobody catches it')
        expect(killed.stdout).toContain('an attempt broke off')
        expect(places['running, table public.account_credentials']).toContain('eyJ')
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
    120_000,
  )
})

const OUTCOMES = ['in_doubt', 'rate_limited', 'renewed', 'revoked', 'token_expired', 'transient', 'unknown']

const CRASHING = [
  '--import',
  `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('nobody catches it') })")}`,
]

function aScene(parts: Omit<Scene, 'env' | 'secrets' | 'tokens'>): Scene {
  const { database, simulator, collector, server, folder } = parts
  const masterKey = randomBytes(32).toString('base64')
  const tokens: string[] = []
  const env = {
    ...simulator.settings,
    DATABASE_URL: database.url,
    REDIS_URL: server?.url ?? '',
    TOKEN_ENCRYPTION_KEYS: `k1:${masterKey}`,
    DATA_DIR: folder,
    ALLOW_PRIVATE_NETWORK: '1',
    PORT: '0',
    ADMIN_PORT: '0',
    LIST_DRAIN_MS: '0',
    LIST_ADDRESS_LIMIT: '1000',
    SCAN_INTERVAL_MS: '200',
    LOG_LEVEL: 'trace',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=CANARY-of-the-collector',
  }
  const secrets = () => [masterKey, CLIENT.secret, 'CANARY-of-the-collector', ...tokensOf(simulator, tokens)]
  return { ...parts, env, tokens, secrets }
}

/** Those that were connected, and all that came in their place. */
function tokensOf({ grants }: Simulator, first: readonly string[]): string[] {
  const all = first.flatMap((token) => {
    const grant = grants.find(token)
    return [token, grant?.accessToken, grant?.refreshToken, grant?.dpopKey?.d, ...(grant?.spent.keys() ?? [])]
  })
  return [...new Set(all.filter((token) => typeof token === 'string'))]
}

/** Connects one account of every kind and some of X, each with what is to become of it. */
async function prepare({ simulator, database, receiver, env, tokens }: Scene) {
  const make = (pretend: (typeof PRETENDS)[number], externalId?: string) => {
    const wish = { workspaceId: 'ws_1', lifetimeMs: 60 * DAY_MS, ageShare: 0.95 }
    const line = simulator.makeAccount(pretend, wish)
    const { accessToken, refreshToken } = line.credential
    tokens.push(accessToken, ...(refreshToken == null ? [] : [refreshToken]))
    return { ...line, ...(externalId === undefined ? {} : { externalId }) }
  }
  const [x] = PRETENDS.filter(({ platform }) => platform === 'X')
  if (x === undefined) throw new Error('X is not pretended')
  const lines = PRETENDS.filter(({ platform }) => platform !== 'LINKEDIN_COMPANY').map((pretend) => make(pretend))
  for (const { platform, credential } of lines)
    fail(simulator, platform, credential.refreshToken ?? credential.accessToken)
  const [slow, ...others] = [make(x, 'slow'), make(x, 'cannot-be-saved'), make(x, 'cannot-be-read')]
  if (slow?.credential.refreshToken != null) script(simulator, slow.credential.refreshToken, { delayMs: 15_000 })

  const input = [...lines, slow, ...others].map((line) => `${JSON.stringify(line)}\n`).join('')
  const imported = await runHere(['accounts', 'import', '-'], env, input)
  await database.query(
    `alter table social_accounts add constraint refuses_one check (external_id <> 'cannot-be-saved' or last_refreshed_at is null)`,
  )
  await database.query(
    `update account_credentials set sealed = left(sealed, -4) || 'AAAA' from social_accounts a
     where a.id = account_id and a.external_id = 'cannot-be-read'`,
  )
  const keys = await runHere(['keys', 'create', '--name', 'test'], env)
  await runHere(['webhooks', 'add', receiver.origin, '--json'], env)
  const again = await runHere(
    ['accounts', 'import', '-'],
    env,
    `${input}${input.replaceAll('"platform"', '"platfrom"')}`,
  )
  const said = {
    imported,
    again,
    mistaken: await runHere(['status'], { ...env, PORT: 'x', REDIS_URL: env.DATABASE_URL }),
  }
  const ids = [...imported.matchAll(/"id":"(soc_\w+)"/g)].map(([, id = '']) => id)
  return { ids, said, key: /pb_live_\w+/.exec(keys)?.[0] ?? '' }
}

function fail(simulator: Simulator, platform: string, secret: string): void {
  const fault = FAULTS[platform]?.(secret)
  if (fault !== undefined) script(simulator, secret, fault)
}

function script({ grants, faults }: Simulator, token: string, fault: Parameters<Faults['script']>[1][number]): void {
  const grant = grants.find(token)
  if (grant === undefined) throw new Error('a token that nobody issued')
  faults.script(grant, [fault])
}

/** All but the one that cannot be saved and the one that is under way. */
async function expectTried({ database, collector, receiver, simulator, tokens }: Scene): Promise<void> {
  const [row] = await database.query<{ untried: number }>(
    `select count(*)::integer as untried from social_accounts a where external_id not in ('slow', 'cannot-be-saved')
     and not exists (select from refresh_attempts t where t.account_id = a.id and t.finished_at is not null)`,
  )
  expect(row?.untried).toBe(0)
  expect(tokens.some((token) => simulator.grants.find(token)?.spent.size)).toBe(true)
  expect(collector.paths.length).toBeGreaterThan(0)
  expect(receiver.arrived.length).toBeGreaterThan(0)
}

/** What can be seen from outside while the daemon runs, or after it. */
async function lookAround({ database, server, collector, receiver, folder }: Scene, when: string): Promise<Places> {
  const places = {
    ...(await dumpDatabase(database)),
    ...(server === null ? {} : await dumpRedis(server.client)),
    ...(await dumpFolder(folder)),
    traces: collector.text(),
    webhooks: JSON.stringify(receiver.arrived),
  }
  return Object.fromEntries(Object.entries(places).map(([place, text]) => [`${when}, ${place}`, text]))
}

const PATHS = [
  ...['/healthz', '/readyz', '/metrics', '/openapi.json', '/', '/page/look.js', '/nothing', `${PATH}?workspaceId=%00`],
  ...[PATH, `${PATH}/health?attention=true`, `${PATH}/overview`],
]

async function askHttp(daemon: Running, ids: readonly string[], key: string): Promise<Places> {
  const urlOf = (member: string, message: string) =>
    new RegExp(`"${member}":"(http[^"]+)"[^\\n]*"${message}"`).exec(daemon.stdout())?.[1] ?? ''
  const list = urlOf('listUrl', 'the daemon runs')
  const admin = urlOf('url', 'operators see the queues')
  const ofAccounts = ids.flatMap((id) => [`${PATH}/${id}`, `${PATH}/${id}/refresh-attempts`])
  const urls = [
    ...[...PATHS, ...ofAccounts].map((path) => `${list}${path}`),
    ...['/queues', '/queues/api/queues', '/nothing'].map((path) => `${admin}${path}`),
  ]
  const answers = await Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
      return [`http ${url}`, `${JSON.stringify([...answer.headers])} ${await answer.text()}`] as const
    }),
  )
  return Object.fromEntries(answers)
}

async function runCommands({ env }: Scene, ids: readonly string[]): Promise<Places> {
  const commands = [
    ...[
      ['status'],
      ['status', '--json'],
      ['doctor'],
      ['doctor', '--json'],
      ['accounts', 'list'],
      ['accounts', 'list', '--json'],
    ],
    ...[
      ['keys', 'list', '--json'],
      ['webhooks', 'list', '--json'],
      ['refresh', '--all', '--dry-run', '--json'],
    ],
    ...ids.map((id) => ['history', id, '--json']),
  ]
  const said: Record<string, string> = {}
  for (const args of commands) said[`command ${args.join(' ')}`] = await runHere(args, env)
  return said
}

/** Ends a daemon by an error that nobody catches, once it works. */
async function crash(daemon: Running, { database }: Scene) {
  await database.query('update refresh_schedule set leased_until = now(), due_at = now() where lease_id is not null')
  await vi.waitFor(() => expect(daemon.stdout()).toContain('"the daemon runs"'), 30_000)
  daemon.signal('SIGUSR2')
  return daemon.ended
}

const outputOf = (name: string, { stdout, stderr }: { stdout: string; stderr: string }): Places => ({
  [`${name}, stdout`]: stdout,
  [`${name}, stderr`]: stderr,
})

async function outcomesIn(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ outcome: string }>(
    'select distinct outcome from refresh_attempts where outcome is not null',
  )
  return rows.map(({ outcome }) => outcome)
}
