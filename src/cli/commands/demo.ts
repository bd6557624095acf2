import { join } from 'node:path'
import { Readable } from 'node:stream'
import { readConfig } from '../../config.ts'
import { startDaemon } from '../../daemon.ts'
import { saveApiKey } from '../../database/api-keys.ts'
import { type Database, openDatabase } from '../../database/connect.ts'
import { type Scene, storyOf } from '../../demo/story.ts'
import { watchAttempts } from '../../demo/watch.ts'
import { EMBEDDED_DATABASE } from '../../embedded/defaults.ts'
import { every } from '../../every.ts'
import { importAccounts } from '../../import/import-accounts.ts'
import { makeApiKey } from '../../list/api-key.ts'
import { openLog } from '../../log.ts'
import { ROLES } from '../../role.ts'
import type { PretendAccount } from '../../simulator/make-account.ts'
import { PRETENDS } from '../../simulator/pretends.ts'
import { type Simulator, startSimulator } from '../../simulator/simulator.ts'
import type { Vault } from '../../vault.ts'
import { openEmbedded } from '../daemon-database.ts'
import { openVaultOf } from '../session.ts'
import { print, type Terminal } from '../terminal.ts'

const ACCOUNTS_PER_KIND = 4
const SHORTEST_LIFE_MS = 30_000
const LONGEST_LIFE_MS = 90_000
const LOOK_EVERY_MS = 300

/** Shows accounts of pretend platforms being renewed over and over, and what can go wrong, until it is told to stop. */
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
  // What happens to accounts is told below, in words.
  const log = openLog('fatal', terminal.messages)

  const { databaseUrl } = stack.use(await openEmbedded(dataDir, { database: EMBEDDED_DATABASE, fresh: true }, terminal))
  const db = stack.use(openDatabase(databaseUrl, { connections: 2, name: 'demo', log, queryTimeoutMs: null }))
  const vault = await openVaultOf(config)
  const accounts = await connectAccounts(db, vault, simulator)
  const { plaintext, ...key } = makeApiKey()
  await saveApiKey(db, { ...key, name: 'demo', workspaceIds: null })

  const watcher = await watchAttempts(db, (line) => print(terminal.output, line))
  const worker = terminal.processName
  const daemon = stack.use(await startDaemon({ config, databaseUrl, vault, roles: ROLES, log, worker }))
  const cli = `DATA_DIR=${dataDir} npm run -s cli --`
  await print(terminal.output, introduction({ listUrl: `${daemon.listUrl}`, key: plaintext, cli, accounts }))
  stack.use(every(LOOK_EVERY_MS, watcher.look, (err) => log.warn({ err }, 'the demo cannot look')))
  stack.defer(
    play(storyOf(simulator, accounts), (text) => print(terminal.output, `\n» ${text.replace('{cli}', cli)}\n`)),
  )
  await stopped
  return watcher.tally()
}

async function connectAccounts(db: Database, vault: Vault, simulator: Simulator): Promise<PretendAccount[]> {
  const accounts = PRETENDS.flatMap((pretend) =>
    Array.from({ length: ACCOUNTS_PER_KIND }, (_, at) => {
      const lifetimeMs = SHORTEST_LIFE_MS + ((LONGEST_LIFE_MS - SHORTEST_LIFE_MS) * at) / ACCOUNTS_PER_KIND
      return simulator.makeAccount(pretend, { workspaceId: 'ws_demo', lifetimeMs, ageShare: Math.random() * 0.6 })
    }),
  )
  const source = Readable.from(accounts.map((line) => Buffer.from(`${JSON.stringify(line)}\n`)))
  await importAccounts(db, source, {
    vault,
    allowPrivateNetwork: true,
    onRefused: (line, problems) => {
      throw new Error(`the demo made a bad line ${line}: ${JSON.stringify(problems)}`)
    },
    onAccounts: async () => {},
  })
  return accounts
}

/** Lets the scenes happen when their time has come; returns what stops it. */
function play(scenes: readonly Scene[], tell: (text: string) => Promise<void>): () => void {
  const timers = scenes.map(({ afterMs, tells, act }) =>
    setTimeout(() => {
      act()
      void tell(tells)
    }, afterMs),
  )
  return () => {
    for (const timer of timers) clearTimeout(timer)
  }
}

interface Introduction {
  readonly listUrl: string
  readonly key: string
  readonly cli: string
  readonly accounts: readonly PretendAccount[]
}

const introduction = ({ listUrl, key, cli, accounts }: Introduction) => `
  ${accounts.length} accounts of ${new Set(accounts.map(({ platform }) => platform)).size} platforms are connected. Their tokens live for ${SHORTEST_LIFE_MS / 1000} to ${LONGEST_LIFE_MS / 1000} seconds,
  so that you see here what takes hours and months at the real platforms.

  Page               ${listUrl}/   (asks for the API key)
  API key            ${key}
  List of accounts   ${listUrl}/api/v1/social-accounts
  Metrics            ${listUrl}/metrics
  Try                curl -s -H 'Authorization: Bearer ${key}' ${listUrl}/api/v1/social-accounts

  In another terminal
    ${cli} status --watch
    ${cli} accounts list --error invalid_client

  A line per attempt (UTC), and what happens at the platforms (»); Ctrl-C stops:
`
