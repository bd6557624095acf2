import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describeMachine } from '../harness/machine.ts'
import { settleDatabase } from '../setup/fleet.ts'
import { ENCRYPTION_KEYS } from '../setup/keys.ts'
import { settingsOf, startPlatform } from '../setup/platform.ts'
import { readCpuMs, readFamilyCpuMs } from '../setup/proc.ts'
import { readLine, startNode } from '../setup/processes.ts'
import { connectRealAccounts, makeAllDue } from '../setup/real-accounts.ts'
import { startPostgres, startRedis } from '../setup/servers.ts'
import { type Profile, renderProfile, type Statement } from './render.ts'
import { type CpuProfile, readStages } from './stages.ts'

// `npm run profile`: where the time of a refresh goes. Needs Linux and redis-server, and a machine that does nothing else.

const ACCOUNTS = 20_000
const CONCURRENCY = 200
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PROFILE = fileURLToPath(new URL('../PROFILE.md', import.meta.url))
const LEFT =
  'select from refresh_schedule where due_at <= now() or claimed_at is not null or lease_id is not null limit 1'

/** By words that no other statement has. */
const STATEMENTS: readonly (readonly [what: string, words: string])[] = [
  ['claim', 'with due as materialized%account_id, consecutive_failures%'],
  ['take leases', 'with asked as materialized%'],
  ['save outcomes', 'with given as%'],
]

await using stack = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-profile-'))
stack.defer(() => rm(folder, { recursive: true, force: true }))
const postgres = stack.use(
  await startPostgres(['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track_planning=on']),
)
const redis = stack.use(await startRedis())
const platform = stack.use(await startPlatform())
const { db, url } = await postgres.database('profile')
await db.query('create extension pg_stat_statements')
await connectRealAccounts(db, ACCOUNTS)
await settleDatabase(db)

const profile = await measure()
await writeFile(PROFILE, renderProfile(profile))
console.log(renderProfile(profile))

async function measure(): Promise<Profile> {
  const settings = { WORKER_CONCURRENCY: `${CONCURRENCY}`, PORT: '0', TOKEN_ENCRYPTION_KEYS: ENCRYPTION_KEYS }
  const env = { ...settings, ...settingsOf(platform), DATABASE_URL: url, REDIS_URL: redis.url }
  await using stack = new AsyncDisposableStack()
  const daemon = stack.use(
    startNode(['--cpu-prof', `--cpu-prof-dir=${folder}`, MAIN, 'daemon', '--roles', 'scheduler,worker'], env),
  )
  await readLine(daemon.child, /"the daemon runs"/)
  await db.query('select pg_stat_statements_reset()')
  const [before, own] = [await readProcesses(daemon.pid), process.cpuUsage()]
  const end = platform.answered() + ACCOUNTS
  const startedMs = performance.now()
  await makeAllDue(db)
  // Asked sooner, the database would look through all that are done, and the question would be in what is measured.
  while (platform.answered() < end) await wait(50)
  while ((await db.query(LEFT)).rowCount !== 0) await wait(50)
  const seconds = (performance.now() - startedMs) / 1000
  const after = await readProcesses(daemon.pid)
  const { user, system } = process.cpuUsage(own)
  const statements = await readStatements()
  await stack.disposeAsync()

  const micros = (ms: number) => (1000 * ms) / ACCOUNTS
  const processes = [...after].map(([name, ms]) => [name, micros(ms - (before.get(name) ?? 0))] as const)
  const stages = [...(await readDaemonStages())].map(([stage, ms]) => [stage, micros(ms)] as const)
  return {
    ...{ accounts: ACCOUNTS, perSecond: ACCOUNTS / seconds, concurrency: CONCURRENCY },
    ...{ machine: await describeMachine(), measuredAt: new Date() },
    processes: new Map([...processes, ['the pretend platform', (user + system) / ACCOUNTS]]),
    stages: new Map(stages),
    statements,
  }
}

async function readProcesses(daemonPid: number): Promise<Map<string, number>> {
  return new Map([
    ['the daemon', await readCpuMs(daemonPid)],
    ['PostgreSQL', await readFamilyCpuMs(postgres.pid)],
    ['Redis', await readCpuMs(redis.pid)],
  ])
}

async function readStatements(): Promise<Statement[]> {
  const found = STATEMENTS.map(async ([what, words]) => {
    const { rows } = await db.query<{ calls: number; rows: number; ms: number; wal: number }>(
      `select sum(calls)::integer as calls, sum(rows)::integer as rows,
         sum(total_exec_time + total_plan_time)::float8 as ms, sum(wal_bytes)::float8 as wal
       from pg_stat_statements where query like '%' || $1`,
      [words],
    )
    const [row = { calls: 0, rows: 0, ms: 0, wal: 0 }] = rows
    const { calls } = row
    return {
      ...{ what, calls, rowsPerCall: row.rows / calls },
      ...{ micros: (1000 * row.ms) / ACCOUNTS, walBytes: row.wal / ACCOUNTS },
    }
  })
  return Promise.all(found)
}

async function readDaemonStages(): Promise<Map<string, number>> {
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'))
  if (name === undefined) throw new Error('the daemon has left no profile')
  return readStages(JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile)
}
