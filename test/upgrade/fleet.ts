import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { openVault } from '../../src/vault.ts'
import { aDueLine, connect } from '../fixtures/account.ts'
import type { TestDatabase } from '../fixtures/database.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { type Running, start } from '../fixtures/process.ts'
import { aStrictX, type StrictX } from '../fixtures/strict-x.ts'

export interface Fleet extends AsyncDisposable {
  /** Connects its accounts, without a process. */
  connect(): Promise<void>
  /** The lines that connect its accounts. */
  readonly lines: string
  /** The settings of its daemons and commands. */
  readonly env: Readonly<Record<string, string>>
  /** Starts a daemon: with all roles where none is given, of another version where `root` is given. */
  start(options?: { roles?: string; root?: string }): Running
  /** Makes every account due again as soon as it is renewed, until it is settled. */
  keepDue(): Load
  /** Compares what the platform saw with what the database holds. */
  expectNothingLost(): Promise<void>
}

export interface Load extends AsyncDisposable {
  /** Makes nothing due any more, and waits until nothing is under way. */
  settle(): Promise<void>
}

/** Eight processes want to start: seconds on a machine of their own. */
export const BUSY_MACHINE_MS = 300_000

export const WAIT_MS = 120_000

const ACCOUNTS = 40
/** Short, so that tokens end in the middle of the test if nobody renews them. */
const LIFETIME_S = 120

/** Accounts on a strict X that takes its time, and what it takes to run daemons for them. */
export async function aFleet(database: TestDatabase, redisUrl = ''): Promise<Fleet> {
  const tokens = Array.from({ length: ACCOUNTS }, (_, at) => `token-${at}`)
  const lines = tokens.map((refreshToken) => aDueLine({}, { refreshToken }))
  const x = aStrictX(tokens, { lifetimeS: LIFETIME_S, delayMs: 100 })
  const platform = await aPlatformServer()
  platform.answerAll(x.answer)
  const key = randomBytes(32)
  const env = {
    ...{ DATABASE_URL: database.url, REDIS_URL: redisUrl, TOKEN_ENCRYPTION_KEYS: `k1:${key.toString('base64')}` },
    ...{ X_BASE_URL: platform.origin, X_CLIENT_ID: 'client', X_CLIENT_SECRET: 'secret', PORT: '0' },
    ...{ SCAN_INTERVAL_MS: '200', LIST_DRAIN_MS: '0', LIST_BURST_LIMIT: '10000', LIST_SUSTAINED_LIMIT: '10000' },
  }
  return {
    async connect() {
      await connect(database, openVault([{ kid: 'k1', key }]), ...lines)
    },
    lines: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    env,
    start: ({ roles, root } = {}) =>
      start(['daemon', ...(roles === undefined ? [] : ['--roles', roles])], {
        env,
        ...(root === undefined ? {} : { root }),
      }),
    keepDue: () => keepDue(database),
    expectNothingLost: () => expectNothingLost(database, x, key),
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  }
}

/** Waits until a daemon has renewed so many accounts more than now. */
export async function untilItRenews(database: TestDatabase, daemon: Running, count = 5): Promise<void> {
  const renewed = async () => {
    const [row] = await database.query<{ count: number }>(
      "select count(*)::integer as count from refresh_attempts where outcome = 'renewed' and worker like '%:' || $1",
      [daemon.pid],
    )
    return row?.count ?? 0
  }
  const before = await renewed()
  const left = () => `${daemon.stdout().slice(-2000)}${daemon.stderr()}`
  await vi.waitFor(async () => expect(await renewed(), left()).toBeGreaterThanOrEqual(before + count), WAIT_MS)
}

/** What a daemon has to say of errors, in its log or as its last words. */
export const errorsOf = (daemon: Running): string[] =>
  `${daemon.stdout()}${daemon.stderr()}`
    .split('\n')
    .filter((line) => line !== '' && !/"level":"(info|warn)"/.test(line))

function keepDue(database: TestDatabase): Load {
  let isOver = false
  const kept = (async () => {
    while (!isOver) {
      await database.query(MAKE_DUE)
      await wait(300)
    }
  })()
  const end = async () => {
    isOver = true
    await kept
  }
  return {
    async settle() {
      await end()
      await vi.waitFor(async () => {
        const UNDER_WAY = 'claimed_at is not null or lease_id is not null or due_at <= now()'
        expect(await database.query(`select * from refresh_schedule where ${UNDER_WAY}`)).toEqual([])
      }, WAIT_MS)
    },
    [Symbol.asyncDispose]: end,
  }
}

const MAKE_DUE =
  'update refresh_schedule set due_at = now() where due_at > now() and claimed_at is null and lease_id is null'

async function expectNothingLost(database: TestDatabase, x: StrictX, key: Buffer): Promise<void> {
  const accounts = await database.query<{ id: string; sealed: string; version: number; renewed: number }>(
    `select a.id, a.status, a.last_refresh_error, s.in_doubt_at, s.attempt_id, c.sealed, c.version,
       (select count(*)::integer from refresh_attempts t where t.account_id = a.id and t.outcome = 'renewed') as renewed
     from social_accounts a join account_credentials c on c.account_id = a.id join refresh_schedule s on s.account_id = a.id`,
  )
  const vault = openVault([{ kid: 'k1', key }])
  const held = accounts.map(({ id: accountId, sealed, version }) => {
    const opened = vault.open(sealed, { accountId, version })
    return opened.kind === 'opened' ? (opened.content as { refreshToken: string }).refreshToken : opened.reason
  })
  const outcomes = 'select outcome, count(*)::integer as count from refresh_attempts group by outcome'

  expect([...x.shown].filter(([, times]) => times > 1)).toEqual([])
  expect(held.toSorted()).toEqual([...x.current].toSorted())
  expect(await database.query(outcomes)).toEqual([{ outcome: 'renewed', count: x.shown.size }])
  expect(accounts).toHaveLength(ACCOUNTS)
  for (const account of accounts) {
    const fine = { status: 'ACTIVE', last_refresh_error: null, in_doubt_at: null, attempt_id: null }
    expect(account).toMatchObject({ ...fine, version: account.renewed + 1 })
    expect(account.renewed).toBeGreaterThan(0)
  }
}
