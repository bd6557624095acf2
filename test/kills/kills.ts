import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type Database, openDatabase } from '../../src/database/connect.ts'
import { plainLedger } from '../../src/database/ledger.ts'
import { migrate, readMigrations } from '../../src/database/migrate.ts'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { openEscrow } from '../../src/escrow/escrow.ts'
import { replayEscrow } from '../../src/escrow/replay.ts'
import { importAccounts } from '../../src/import/import-accounts.ts'
import { openLog } from '../../src/log.ts'
import { openVault, type Vault } from '../../src/vault.ts'
import { readOptions } from '../fixtures/command-line.ts'
import type { Order } from './killer.ts'
import { type Platform, startPlatform, tokenOf } from './platform.ts'

// `npm run kills -- --kills 1000`: how many accounts are lost when a process is killed with -9 in the middle of refreshing,
// on a platform without grace. Not what the code says of itself: the platform's tokens against the database's.

const REFRESHING = fileURLToPath(new URL('./refreshing.ts', import.meta.url))
const ACCOUNTS = 200
/** A daemon has run for longer when it is killed: its code is compiled, its connections are open. */
const WARM_MS = 1000

const { kills, 'at-once': atOnce } = readOptions('kills', { kills: 100, 'at-once': 8 })

await using stack = new AsyncDisposableStack()
const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-kills-'))
stack.defer(() => rm(folder, { recursive: true, force: true }))
const postgres = stack.use(await startEmbeddedPostgres(folder))
const databaseUrl = await postgres.urlOf('kills')
const log = openLog('silent')
const db = stack.use(openDatabase(databaseUrl, { connections: 2, name: 'kills', log, queryTimeoutMs: null }))
await migrate(db, await readMigrations())
const platform = stack.use(await startPlatform())
const killer = new Worker(new URL('./killer.ts', import.meta.url))
stack.defer(async () => void (await killer.terminate()))
const key = randomBytes(32)
const vault = openVault([{ kid: 'k1', key }])
const escrow = stack.use(openEscrow({ redisUrl: null, dataDir: folder, vault, log }))
let saved = 0
const metrics = { countedEscrow: () => undefined, savedFromEscrow: () => saved++ } as never
const accountIds = await connectAccounts(db, platform, vault)
const settings = JSON.stringify({
  databaseUrl,
  origin: platform.origin,
  key: key.toString('base64'),
  dataDir: folder,
  atOnce,
  accountIds,
})

const seen = { answers: 0, lastMs: 0, lastFiveMs: 0, underWay: 0 }
const lostAgesMs: number[] = []
const startedMs = performance.now()
for (let kill = 1; kill <= kills; kill++) {
  platform.takeAnswers()
  const killedMs = await killOnce()
  await untilNobodyIsConnected(db)
  // As the process that takes its place does at its start.
  await replayEscrow({ ledger: plainLedger(db), escrow, log, metrics })
  const ages = platform.takeAnswers().map((moment) => killedMs - moment)
  seen.answers += ages.length
  seen.lastMs += ages.filter((age) => age >= 0 && age <= 1).length
  seen.lastFiveMs += ages.filter((age) => age >= 0 && age <= 5).length
  for (const externalId of await findLost(db, platform)) {
    lostAgesMs.push(killedMs - (platform.answeredAtMs.get(externalId) ?? Number.NaN))
  }
  if (kill % 50 === 0) console.error(`${kill} kills, ${lostAgesMs.length} lost`)
}
report()

/** Lets a process refresh for a while and kills it in the middle. */
async function killOnce(): Promise<number> {
  const child = spawn(process.execPath, [REFRESHING, settings], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  killer.postMessage({ pid: child.pid ?? 0, afterMs: WARM_MS + 300 * Math.random() } satisfies Order)
  const [killedMs] = (await once(killer, 'message')) as [number]
  await exited
  return killedMs
}

async function connectAccounts(db: Database, platform: Platform, vault: Vault): Promise<string[]> {
  const lines = Array.from({ length: ACCOUNTS }, (_, at) => {
    const externalId = `x${at}`
    platform.current.set(externalId, 1)
    const credential = { accessToken: `access-${externalId}`, refreshToken: tokenOf(externalId, 1) }
    return { workspaceId: 'ws', platform: 'X', externalId, handle: '@x', scopes: [], credential }
  })
  const ids: string[] = []
  await importAccounts(db, Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`))), {
    vault,
    allowPrivateNetwork: true,
    onRefused: (line, problems) => {
      throw new Error(`line ${line}: ${JSON.stringify(problems)}`)
    },
    onAccounts: async (accounts) => void ids.push(...accounts.map(({ id }) => id)),
  })
  return ids
}

/** A statement that was sent is carried out by the server, also when nobody waits for it any more. */
async function untilNobodyIsConnected(db: Database): Promise<void> {
  const QUERY = "select 1 from pg_stat_activity where application_name = 'token-refresh-worker killed'"
  while ((await db.query(QUERY)).rows.length > 0) await wait(5)
}

/** Accounts for which the platform has moved on and the database has not; both are then put right again. */
async function findLost(db: Database, { current }: Platform): Promise<string[]> {
  const { rows } = await db.query<{ external_id: string; version: number }>(
    'select external_id, version from account_credentials join social_accounts on id = account_id',
  )
  const lost = rows.filter(({ external_id, version }) => current.get(external_id) !== version)
  for (const { external_id, version } of lost) current.set(external_id, version)
  await db.query(
    'update refresh_schedule set lease_id = null, leased_until = null, attempt_id = null, in_doubt_at = null, due_at = now()',
  )
  await db.query("update social_accounts set status = 'ACTIVE'")
  await db.query('truncate refresh_attempts')
  return lost.map(({ external_id }) => external_id)
}

function report(): void {
  const ages = lostAgesMs.toSorted((one, other) => one - other)
  // The request was at the platform when the process died: no answer to lose, and no way to have it.
  const unanswered = ages.filter((age) => !(age >= 0))
  const lost = ages.filter((age) => age >= 0)
  const perTenThousand = ((lost.length === 0 ? 3 : lost.length) / kills) * 10_000
  console.log(
    [
      `${kills} processes killed with -9 after ${seen.answers} answers, ${atOnce} accounts under way at once,`,
      `${Math.round((performance.now() - startedMs) / 1000)} s on ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`,
      `answers in the millisecond before a kill: ${seen.lastMs}; in the five milliseconds before: ${seen.lastFiveMs}`,
      `answers that the next process found in a file: ${saved}`,
      `accounts lost whose answer had arrived: ${lost.length}; per 10,000 kills: ${lost.length === 0 ? 'fewer than ' : ''}${perTenThousand.toFixed(0)}`,
      `  milliseconds from the answer to the kill: ${lost.map((age) => age.toFixed(2)).join(' ') || 'none'}`,
      `accounts whose answer came to a process that was dead: ${unanswered.length}`,
      `tokens shown that the platform did not take: ${platform.refused.length}`,
    ].join('\n'),
  )
}
