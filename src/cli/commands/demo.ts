import { join } from 'node:path'
import { Readable } from 'node:stream'
import { readConfig } from '../../config.ts'
import { startDaemon } from '../../daemon.ts'
import { saveApiKey } from '../../database/api-keys.ts'
import { type Database, openDatabase, readDatabaseNow } from '../../database/connect.ts'
import { findAttemptsSince, type RecentAttempt } from '../../database/recent-attempts.ts'
import { every } from '../../every.ts'
import { importAccounts } from '../../import/import-accounts.ts'
import { makeApiKey } from '../../list/api-key.ts'
import { openLog } from '../../log.ts'
import { ROLES } from '../../role.ts'
import { PRETENDS } from '../../simulator/pretends.ts'
import { type Simulator, startSimulator } from '../../simulator/simulator.ts'
import type { Vault } from '../../vault.ts'
import { openEmbedded } from '../daemon-database.ts'
import { openVaultOf } from '../session.ts'
import { print, type Terminal } from '../terminal.ts'

const DATABASE = 'demo'
const ACCOUNTS_PER_PLATFORM = 12
const SHORTEST_LIFE_MS = 30_000
const LONGEST_LIFE_MS = 90_000
const LOOK_EVERY_MS = 300

/** Shows accounts of pretend platforms being renewed over and over, until the process is told to stop. */
export async function runDemo(terminal: Terminal): Promise<void> {
  const tally = await demo(terminal)
  await print(terminal.output, `\nStopped, and nothing is left running. Attempts: ${tally || 'none yet'}.`)
}

/** @returns how many attempts ended how */
async function demo(terminal: Terminal): Promise<string> {
  const stopped = terminal.untilStopped()
  await print(terminal.messages, 'Starting an embedded PostgreSQL, pretend platforms and the daemon …')
  await using stack = new AsyncDisposableStack()
  const simulator = stack.use(await startSimulator({ port: 0 }))
  const { HOST, PORT, DATA_DIR = '.data' } = terminal.env
  const dataDir = join(DATA_DIR, 'demo')
  const settings = { HOST, PORT, DATA_DIR: dataDir, SCAN_INTERVAL_MS: '500', ...simulator.settings }
  const config = readConfig(settings, { keys: false })
  const log = openLog('warn', terminal.messages)

  const { databaseUrl } = stack.use(await openEmbedded(dataDir, { database: DATABASE, fresh: true }, terminal))
  const db = stack.use(openDatabase(databaseUrl, { connections: 2, name: 'demo', log, queryTimeoutMs: null }))
  const vault = await openVaultOf(config)
  await connectAccounts(db, vault, simulator)
  const { plaintext, ...key } = makeApiKey()
  await saveApiKey(db, { ...key, name: 'demo', workspaceIds: null })

  const watcher = await watch(db, terminal)
  const worker = terminal.processName
  const daemon = stack.use(await startDaemon({ config, databaseUrl, vault, roles: ROLES, log, worker }))
  await print(terminal.output, introduction(`${daemon.listUrl}`, plaintext))
  stack.use(every(LOOK_EVERY_MS, watcher.look, (err) => log.warn({ err }, 'the demo cannot look')))
  await stopped
  return watcher.tally()
}

async function connectAccounts(db: Database, vault: Vault, simulator: Simulator): Promise<void> {
  const lines = PRETENDS.flatMap((pretend) =>
    Array.from({ length: ACCOUNTS_PER_PLATFORM }, (_, at) => {
      const lifetimeMs = SHORTEST_LIFE_MS + ((LONGEST_LIFE_MS - SHORTEST_LIFE_MS) * at) / ACCOUNTS_PER_PLATFORM
      return simulator.makeAccount(pretend, { workspaceId: 'ws_demo', lifetimeMs, ageShare: Math.random() * 0.6 })
    }),
  )
  const source = Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)))
  await importAccounts(db, source, {
    vault,
    allowPrivateNetwork: true,
    onRefused: (line, problems) => {
      throw new Error(`the demo made a bad line ${line}: ${JSON.stringify(problems)}`)
    },
    onAccounts: async () => {},
  })
}

/** Prints a line for every attempt that has ended since the last look. */
async function watch(db: Database, terminal: Terminal) {
  let since = await readDatabaseNow(db)
  let seen: string[] = []
  const counts = new Map<string, number>()
  return {
    async look(): Promise<void> {
      const attempts = await findAttemptsSince(db, since, seen)
      for (const attempt of attempts) {
        counts.set(attempt.outcome, (counts.get(attempt.outcome) ?? 0) + 1)
        await print(terminal.output, describe(attempt))
      }
      const last = attempts.at(-1)?.finishedAt ?? since
      // Of the same moment as the last one, more may still come.
      seen = [
        ...(last > since ? [] : seen),
        ...attempts.filter((attempt) => attempt.finishedAt >= last).map(({ id }) => id),
      ]
      since = last
    },
    tally: () => [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', '),
  }
}

function describe({ finishedAt, platform, handle, outcome, durationMs, dueAt, error }: RecentAttempt): string {
  const next = dueAt === null ? '' : `again at ${timeOf(dueAt)}`
  const took = `${durationMs} ms`.padStart(7)
  return `${timeOf(finishedAt)}  ${platform.padEnd(9)}  ${handle.padEnd(16)}  ${outcome.padEnd(8)} ${took}  ${error ?? next}`
}

const timeOf = (moment: Date) => moment.toISOString().slice(11, 19)

const introduction = (listUrl: string, key: string) => `
  ${ACCOUNTS_PER_PLATFORM} accounts each of ${PRETENDS.map(({ platform, kind }) => (kind === null ? platform : `${platform} (${kind})`)).join(', ')} are connected. Their tokens live for ${SHORTEST_LIFE_MS / 1000} to ${LONGEST_LIFE_MS / 1000} seconds,
  so that you see here what takes hours and months at the real platforms.

  List of accounts   ${listUrl}/api/v1/social-accounts
  API key            ${key}
  Try                curl -s -H 'Authorization: Bearer ${key}' ${listUrl}/api/v1/social-accounts

  A line per refresh (UTC); Ctrl-C stops:
`
