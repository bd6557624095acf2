import { describe, expect, test, vi } from 'vitest'
import type { AccountStatus } from '../../src/account.ts'
import type { App } from '../../src/app.ts'
import { readDatabaseNow } from '../../src/database/connect.ts'
import { STRATEGIES } from '../../src/platforms/registry.ts'
import type { Strategy } from '../../src/platforms/strategy.ts'
import { openQueues, type Queues } from '../../src/queue/queues.ts'
import type { OutcomeKind } from '../../src/rules/outcome.ts'
import { findPretend } from '../../src/simulator/pretends.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { DAY_MS, MINUTE_MS } from '../../src/units.ts'
import type { Vault } from '../../src/vault.ts'
import { connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { silentLog } from '../fixtures/log.ts'
import { aVault } from '../fixtures/vault.ts'
import type { Row, Table } from '../platforms/tables/row.ts'
import { TABLES } from '../platforms/tables/tables.ts'

const kindOf = ({ platform, kind }: Strategy) => `${platform} ${kind ?? ''}`.trim()

const pretendOf = ({ platform, kind }: Strategy) => {
  const pretend = findPretend(platform, kind)
  if (pretend === undefined) throw new Error(`${platform} ${kind} is not pretended`)
  return pretend
}

describe('two accounts of every platform and kind', () => {
  test('are renewed twice in a row by the daemon, with the rotated tokens', async () => {
    await using database = await aDatabase()
    await using simulator = await startSimulator({ port: 0 })
    const vault = aVault()
    const wish = { workspaceId: 'ws_1', lifetimeMs: 20 * MINUTE_MS, ageShare: 0.9 }
    const lines = STRATEGIES.flatMap((strategy) => {
      return [1, 2].map(() => simulator.makeAccount(pretendOf(strategy), wish))
    })
    const ids = await connect(database, vault, ...lines)

    const daemon = await aDaemon({ database, vault, origin: '', redisUrl: null, env: simulator.settings })
    await untilRenewed(database, 1)
    // Time passes: here and there the new tokens are old as well.
    for (const { platform, externalId } of lines) {
      const grant = simulator.grants.findAccount(platform, externalId)
      if (grant !== undefined) grant.issuedAtMs -= 10 * MINUTE_MS
    }
    await database.query('update refresh_schedule set due_at = now()')
    await untilRenewed(database, 2)
    await daemon[Symbol.asyncDispose]()

    const wrong = await database.query(
      "select platform, status, last_refresh_error from social_accounts where status <> 'ACTIVE' or last_refresh_error is not null",
    )
    expect(wrong).toEqual([])
    expect(ids).toHaveLength(STRATEGIES.length * 2)
    expect(await storedTokens(database, vault)).toEqual(
      lines.map(({ platform, externalId }) => simulator.grants.findAccount(platform, externalId)?.accessToken).sort(),
    )
  })
})

const untilRenewed = (database: TestDatabase, times: number) =>
  vi.waitFor(async () => {
    const short = await database.query(
      `select a.platform, a.last_refresh_error from social_accounts a
       where (select count(*) from refresh_attempts t
         where t.account_id = a.id and t.outcome in ('renewed', 'healthy')) < $1`,
      [times],
    )
    expect(short).toEqual([])
  }, 25_000)

/** The access tokens that we hold, opened. */
async function storedTokens(database: TestDatabase, vault: Vault): Promise<string[]> {
  const rows = await database.query<{ account_id: string; sealed: string; version: number }>(
    'select account_id, sealed, version from account_credentials',
  )
  return rows
    .map(({ account_id: accountId, sealed, version }) => {
      const opened = vault.open(sealed, { accountId, version })
      return opened.kind === 'opened' ? (opened.content as { accessToken: string }).accessToken : 'unreadable'
    })
    .sort()
}

describe('every row of the error table', () => {
  test.each(TABLES.map((table) => [kindOf(table.strategy), table] as const))(
    'of %s leads to its outcome through the daemon',
    async (_kind, table) => {
      await using database = await aDatabase()
      await using simulator = await startSimulator({ port: 0 })
      const vault = aVault()
      const env = { ...simulator.settings }
      await using _daemon = await aDaemon({ database, vault, origin: '', redisUrl: null, env, roles: ['worker'] })
      await using queues = openQueues({ redisUrl: null, databaseUrl: database.url, workers: 0, log: silentLog })

      const seen: object[] = []
      for (const row of table.rows) {
        const id = await connectScripted({ database, simulator, vault }, table, row)
        const outcome = await refreshById(database, queues, table.strategy.app, id)
        const [account] = await database.query('select status from social_accounts where id = $1', [id])
        seen.push({ ...row, outcome, ...account })
        // Each row is on its own: no pause and no history of those before it.
        await database.query('delete from platform_states')
        await database.query('delete from refresh_attempts')
      }

      expect(seen).toEqual(table.rows.map((row) => ({ ...row, status: statusAfter(row, table.strategy) })))
    },
  )
})

/** Where the access token is not what was refused, it still works: the account stays ACTIVE until it ends. */
function statusAfter({ outcome }: Row, { renewsItself }: Strategy): AccountStatus {
  if (outcome === 'revoked') return 'REVOKED'
  return outcome === 'token_expired' && renewsItself ? 'TOKEN_EXPIRED' : 'ACTIVE'
}

interface Stage {
  readonly database: TestDatabase
  readonly simulator: Simulator
  readonly vault: Vault
}

/** An account in the middle of a long life, whose next answers are those of the row. */
async function connectScripted({ database, simulator, vault }: Stage, { strategy }: Table, row: Row): Promise<string> {
  const wish = { workspaceId: 'ws_1', lifetimeMs: 60 * DAY_MS, ageShare: 0.5 }
  const line = simulator.makeAccount(pretendOf(strategy), wish)
  const grant = simulator.grants.findAccount(line.platform, line.externalId)
  if (grant === undefined) throw new Error('the simulator forgot the account')
  simulator.faults.script(
    grant,
    row.answers.map(([status, body, headers = {}]) => ({ status, body, headers })),
  )
  const [id = ''] = await connect(database, vault, line)
  return id
}

async function refreshById(database: TestDatabase, queues: Queues, app: App, accountId: string) {
  const requestedAt = await readDatabaseNow(database.db)
  await queues.add(app, [{ accountIds: [accountId], trigger: 'operator' }], { requestedAt, urgent: true })
  return vi.waitFor(
    async () => {
      const [attempt] = await database.query<{ outcome: OutcomeKind }>(
        'select outcome from refresh_attempts where account_id = $1 and finished_at is not null',
        [accountId],
      )
      if (attempt === undefined) throw new Error('not yet')
      return attempt.outcome
    },
    { timeout: 10_000, interval: 10 },
  )
}
