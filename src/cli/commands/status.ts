import { setTimeout as wait } from 'node:timers/promises'
import { APPS } from '../../app.ts'
import { readFleetStatus } from '../../database/fleet-status.ts'
import { configuredApps } from '../../platforms/registry.ts'
import { openQueues, type Queues } from '../../queue/queues.ts'
import { openMigratedSession, type Session } from '../session.ts'
import { readQueueStatus } from '../status/read-queue.ts'
import { drawStatus, type WholeStatus } from '../status/screen.ts'
import { moment } from '../table.ts'
import { isTerminal, print, type Terminal } from '../terminal.ts'

export interface StatusOptions {
  readonly json?: true
  readonly watch?: true
}

const LOOK_EVERY_MS = 2000
/** Looking costs the database at most a fifth of its time, however many accounts there are. */
const SHARE_OF_TIME = 5
const CLEAR_SCREEN = '\u001b[H\u001b[2J'

/** Shows on one screen how the accounts of each platform stand, once or until the process is told to stop. */
export async function runStatus({ json, watch }: StatusOptions, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: false })
  const { config, databaseUrl, log } = session
  await using queues = openQueues({
    redisUrl: config.redisUrl,
    databaseUrl,
    workers: 0,
    log: log.child({}, { level: 'silent' }),
  })
  const settings = { apps: configuredApps(config), kids: config.encryptionKeys?.map(({ kid }) => kid) ?? null }
  const draw = (status: WholeStatus) => (json ? JSON.stringify(status) : drawStatus(status, settings))
  if (!watch) return await print(terminal.output, draw(await readStatus(session, queues)))

  const stop = new AbortController()
  void terminal.untilStopped().then(() => stop.abort())
  while (!stop.signal.aborted) {
    const startedMs = Date.now()
    const status = await readStatus(session, queues)
    const screen = isTerminal(terminal.output) && !json ? CLEAR_SCREEN : ''
    const heading = json ? '' : `${moment(status.now)} UTC\n\n`
    await print(terminal.output, `${screen}${heading}${draw(status)}${json ? '' : '\n'}`)
    const restMs = Math.max(LOOK_EVERY_MS, SHARE_OF_TIME * (Date.now() - startedMs))
    await wait(restMs, undefined, { signal: stop.signal }).catch(() => undefined)
  }
}

async function readStatus(session: Session, queues: Queues): Promise<WholeStatus> {
  const fleet = await readFleetStatus(session.db)
  const apps = APPS.filter((app) => (fleet.usableApps ?? configuredApps(session.config)).includes(app))
  return { ...fleet, queue: await readQueueStatus(queues, apps) }
}
