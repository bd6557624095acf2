import { setFlagsFromString } from 'node:v8'
import { readConfig } from '../../config.ts'
import { startDaemon } from '../../daemon.ts'
import type { Role } from '../../role.ts'
import { openDaemonDatabase } from '../daemon-database.ts'
import { openDaemonLog } from '../daemon-log.ts'
import { openVaultOf } from '../session.ts'
import { print, type Terminal } from '../terminal.ts'

/** Keeps the tokens of all connected accounts fresh until the process is told to stop. */
export async function runDaemon({ roles }: { roles: readonly Role[] }, terminal: Terminal): Promise<void> {
  const opensCredentials = roles.includes('worker')
  const config = readConfig(terminal.env, { keys: opensCredentials })
  const stopped = terminal.untilStopped()
  const log = await openDaemonLog(config, terminal)
  await using database = await openDaemonDatabase(config, roles, terminal)
  const vault = opensCredentials ? await openVaultOf(config) : null
  const { databaseUrl } = database
  const daemon = await startDaemon({ config, databaseUrl, vault, roles, log, worker: terminal.processName })
  collectGarbageEarly()
  if (database.isEmbedded && daemon.listUrl !== null) await print(terminal.messages, welcome(daemon.listUrl))
  await stopped
  log.info('stopping: attempts that run are finished first')
  await daemon[Symbol.asyncDispose]()
  log.info('stopped')
}

/**
 * On a machine with much memory V8 lets garbage grow to several times what is in use before it looks: a daemon with 50 MB in
 * use came to 400 MB. Looking at half as much again costs less than a hundredth of a core. Once everything is loaded: Node
 * takes compiled code of its own for code of another configuration from here on.
 */
const collectGarbageEarly = () => setFlagsFromString('--heap-growing-percent=50')

const welcome = (listUrl: string) => `
  The daemon runs on its own PostgreSQL, for trying out. Set DATABASE_URL for anything else.

  List of accounts   ${listUrl}/api/v1/social-accounts
  Make an API key    npm run -s cli -- keys create --name me
  Connect accounts   npm run -s cli -- accounts import accounts.ndjson
  See how they are   npm run -s cli -- status

  The README shows a line of accounts.ndjson; npm run demo shows it all with pretend platforms. Ctrl-C stops.
`
