import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Database, inTransaction } from '../src/database/connect.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { settleDatabase } from './setup/fleet.ts'
import { ENCRYPTION_KEYS } from './setup/keys.ts'
import { MAIN, startNode } from './setup/processes.ts'
import { startPostgres } from './setup/servers.ts'

const ACCOUNTS = { full: 100_000, quick: 5000 }
const TABLES = ['social_accounts', 'account_credentials', 'refresh_schedule']

export const importing: Benchmark = {
  name: 'importing',
  measures: 'time to import 100,000 accounts',
  ours: '`accounts import`, from the start of the command to its end',
  baseline: '`COPY` of the same rows into the same tables',
  unit: 's',
  bound: { atMost: 5 },
  rounds: 5,
  warmsUp: true,
  async open(size) {
    await using stack = new AsyncDisposableStack()
    const postgres = stack.use(await startPostgres())
    const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-bench-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const { db, url } = await postgres.database('import')
    const file = join(folder, 'accounts.ndjson')
    await pipeline(linesOf(ACCOUNTS[size]), createWriteStream(file))
    await runImport(url, file)
    const copies = await writeCopies(db, postgres.folder)
    const opened = stack.move()
    return {
      ours: () => timed(db, ACCOUNTS[size], () => runImport(url, file)),
      baseline: () => timed(db, ACCOUNTS[size], () => runCopy(db, copies)),
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

function* linesOf(accounts: number): Generator<string> {
  const [issuedAt, tokenExpiresAt] = [-1, 1].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString())
  for (let number = 0; number < accounts; number++) {
    const scopes = ['tweet.read', 'users.read', 'offline.access']
    const looks = { displayName: `Brand number ${number}`, avatarUrl: `https://cdn.example.com/avatars/${number}.jpg` }
    const [accessToken, refreshToken] = ['access', 'refresh'].map((kind) => `${kind}-${number}`.padEnd(90, 'x'))
    yield `${JSON.stringify({
      ...{ workspaceId: `ws_${number % 1000}`, platform: 'X', externalId: `${number}`, handle: `@brand${number}` },
      ...looks,
      ...{ scopes, tokenExpiresAt, meta: { verified: true, followers: 4711 } },
      credential: { accessToken, refreshToken, issuedAt },
    })}\n`
  }
}

/** @returns seconds */
async function timed(db: Database, accounts: number, store: () => Promise<void>): Promise<number> {
  await db.query(`truncate ${TABLES.join(', ')}`)
  await settleDatabase(db)
  const startedMs = performance.now()
  await store()
  const seconds = (performance.now() - startedMs) / 1000
  const { rows } = await db.query<{ count: number }>('select count(*)::integer as count from refresh_schedule')
  if (rows[0]?.count !== accounts) throw new Error(`${rows[0]?.count} accounts were stored instead of ${accounts}`)
  return seconds
}

async function runImport(databaseUrl: string, file: string): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS }
  await using command = startNode([MAIN, 'accounts', 'import', file], env)
  command.child.stdout?.resume()
  const [code] = await once(command.child, 'exit')
  if (code !== 0) throw new Error(`the import ended with ${code}`)
}

/** One file per table, written and read by the server itself: no client stands between it and the rows. */
interface Copy {
  readonly target: string
  readonly path: string
}

async function writeCopies(db: Database, folder: string): Promise<Copy[]> {
  const { rows } = await db.query<{ table: string; columns: string }>(
    `select t as table, string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position) as columns
     from unnest($1::text[]) with ordinality as asked(t, place)
     join information_schema.columns c on c.table_name = t and c.table_schema = 'public' and c.is_generated = 'NEVER'
     group by t, place order by place`,
    [TABLES],
  )
  const copies = rows.map(({ table, columns }) => {
    return { target: `${table} (${columns})`, path: join(folder, `bench-${table}`) }
  })
  for (const { target, path } of copies) await db.query(`copy ${target} to '${path}'`)
  return copies
}

/** All or nothing, as the import. */
async function runCopy(db: Database, copies: readonly Copy[]): Promise<void> {
  await inTransaction(db, 'begin', async (client) => {
    for (const { target, path } of copies) await client.query(`copy ${target} from '${path}'`)
  })
}
