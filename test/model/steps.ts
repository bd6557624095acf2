import type { App } from '../../src/app.ts'
import { isDatabaseAway } from '../../src/database/away.ts'
import { disconnectAccount } from '../../src/database/disconnect-account.ts'
import { expireRejected } from '../../src/database/expire-rejected.ts'
import { makeDue } from '../../src/database/make-due.ts'
import { pauseByOperator, resumeByOperator } from '../../src/database/pause-app.ts'
import { retryEnded } from '../../src/database/retry-ended.ts'
import { replayEscrow } from '../../src/escrow/replay.ts'
import { MANY_ENDED } from '../../src/refresh/breaker.ts'
import { sentences } from '../../src/rules/sentences.ts'
import { scan } from '../../src/scan.ts'
import { SECOND_MS } from '../../src/units.ts'
import { silentLog } from '../fixtures/log.ts'
import { judgeRequest } from './invariants.ts'
import {
  deliver,
  fail,
  type Pending,
  type PendingKeeping,
  type PendingQuery,
  type PendingRequest,
  type Process,
  settled,
} from './process.ts'
import type { PlatformAnswer } from './strict-platform.ts'
import {
  aProcess,
  config,
  contextOf,
  count,
  dateOf,
  delayHeldBy,
  directDatabase,
  execute,
  heldBy,
  type Owned,
  run,
  turn,
  type World,
} from './world.ts'

// Everything that can happen, one moment of it at a time.

/** `away`: the database did not get it; `unconfirmed`: it has done it, and the answer was lost; `late`: it has done it, and the answer is on its way. */
export type QueryFate = 'done' | 'late' | 'away' | 'unconfirmed'

/** A statement of an attempt reaches the database, or does not. */
export async function settleQuery(world: World, query: PendingQuery, fate: QueryFate): Promise<void> {
  if (query.done === null && fate !== 'away') query.done = execute(world, query.sql, query.values)
  const rows = query.done
  if (fate === 'late') return
  if (fate === 'done') {
    await run(world, query.process, () => settled(query).resolve({ rows: rows ?? [], rowCount: rows?.length ?? 0 }))
    return
  }
  count(world, fate)
  delayHeldBy(world, query.process)
  const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  await run(world, query.process, () => settled(query).reject(error))
}

/** The escrow does as it is asked, or is out of reach. */
export async function settleKeeping(world: World, keeping: PendingKeeping, fate: 'done' | 'away'): Promise<void> {
  await run(world, keeping.process, fate === 'done' ? keeping.carryOut : keeping.refuse)
  noteKept(world)
}

/** Which new tokens the escrow holds. */
function noteKept({ kept, platform, time }: World): void {
  const all = [...kept.values()].join()
  for (const token of platform.tokens.values()) {
    const isKept = kept.size > 0 && all.includes(token.value)
    token.keptAtMs = isKept ? (token.keptAtMs ?? time.nowMs) : null
  }
}

/** A daemon looks through the escrow. */
export const replayOnce = (world: World, process: Process) =>
  run(world, process, () => {
    replayEscrow(contextOf(world, process)).catch((error: unknown) => {
      if (!isDatabaseAway(error)) throw error
    })
  })

/** A statement reaches the database that nobody waits for any more. */
export function settleForsaken(world: World, query: PendingQuery): void {
  const { forsaken } = query.process
  forsaken.splice(forsaken.indexOf(query), 1)
  execute(world, query.sql, query.values)
  count(world, 'forsaken')
}

/** A request leaves, or is given up because it is too late. */
export async function sendRequest(world: World, request: PendingRequest): Promise<void> {
  await run(world, request.process, () => {
    request.stage = 'sent'
    request.handler.onRequestStart?.(request.controller, {})
  })
  if (request.controller.aborted) {
    count(world, 'too late to send')
    return
  }
  request.sentAtMs = world.time.nowMs
  judgeRequest(world, request)
  request.token.shown++
  world.wire.push(request)
}

/** What the platform makes of a request: `lost` and `dropped` break the connection, after the token was looked at or before. */
export type AnswerFate =
  | 'answered'
  | 'lost'
  | 'dropped'
  | 'slow down'
  | 'trouble'
  | 'page'
  | 'refuses the app'
  | 'nonsense'

const REFUSALS: Partial<Record<AnswerFate, Omit<PlatformAnswer, 'issued'>>> = {
  'slow down': { status: 429, json: { error: 'RateLimitExceeded' } },
  trouble: { status: 503, json: { error: 'temporarily_unavailable' } },
  page: { status: 502, json: undefined },
  'refuses the app': { status: 401, json: { error: 'invalid_client' } },
  nonsense: { status: 418, json: { error: 'teapot' } },
}

/** The platform gets to a request. */
export async function answerRequest(world: World, request: PendingRequest, fate: AnswerFate): Promise<void> {
  const { wire, time, platform } = world
  wire.splice(wire.indexOf(request), 1)
  const refusal = REFUSALS[fate]
  const isSeen = fate === 'answered' || fate === 'lost'
  const answer: PlatformAnswer | null = isSeen
    ? platform.exchange(request.token, time.nowMs)
    : refusal === undefined
      ? null
      : { ...refusal, issued: null }
  count(world, `platform: ${fate}`)

  const { process, stage } = request
  if (stage === 'over' || process.isDead) return excuse(answer, 'late')
  if (answer === null || fate === 'lost') {
    excuse(answer, 'lost')
    // A process that is stopped sees it when it goes on; until then nothing came.
    if (process.isStopped) return
    return run(world, process, () => fail(request, Object.assign(new Error('reset'), { code: 'ECONNRESET' })))
  }
  if (process.isStopped) {
    request.arrived = answer
    return
  }
  return run(world, process, () => deliver(request, answer))
}

function excuse(answer: PlatformAnswer | null, why: 'lost' | 'late' | 'crashed'): void {
  if (answer?.issued != null && !answer.issued.isStored) answer.issued.excuse = why
}

/** `kill -9`: another process takes its place. */
export function crash(world: World, process: Process): void {
  const { processes, time } = world
  process.isDead = true
  const lost = heldBy(world, process).filter(({ keptAtMs }) => keptAtMs === null)
  for (const token of lost) token.excuse = 'crashed'
  for (const operation of process.pending) {
    if (operation.kind === 'request' && operation.arrived !== null) excuse(operation.arrived, 'crashed')
  }
  count(world, lost.length > 0 ? 'crash with a new token' : 'crash')
  time.timers = time.timers.filter(({ owner }) => owner !== process)
  processes[processes.indexOf(process)] = aProcess(process.name, process.ahead)
}

/** SIGSTOP: the platform and the database go on. */
export function stop(world: World, process: Process): void {
  process.isStopped = true
  delayHeldBy(world, process)
}

/** SIGCONT: what has arrived meanwhile is read before a deadline that has passed ends its request. */
export async function goOn(world: World, process: Process): Promise<void> {
  process.isStopped = false
  for (const operation of [...process.pending]) {
    if (operation.kind !== 'request' || operation.arrived === null) continue
    const { arrived } = operation
    await run(world, process, () => deliver(operation, arrived))
  }
  await fireTimers(world, world.time.nowMs)
}

/** Longer than any process waits for an answer. */
const MOST_ON_WIRE_MS = 40 * SECOND_MS

/** Time passes, for everybody. */
export async function pass(world: World, ms: number): Promise<void> {
  const { time, wire, tables } = world
  const untilMs = time.nowMs + ms
  await fireTimers(world, untilMs)
  time.nowMs = Math.max(time.nowMs, untilMs)
  tables.now = dateOf(world)
  const old = wire.filter(({ sentAtMs }) => sentAtMs + MOST_ON_WIRE_MS < time.nowMs)
  for (const request of old) wire.splice(wire.indexOf(request), 1)
}

async function fireTimers(world: World, untilMs: number): Promise<void> {
  const { time } = world
  const isReady = ({ owner, atMs }: (typeof time.timers)[number]) =>
    atMs <= untilMs && !(owner as Process | null)?.isStopped
  for (;;) {
    const [next] = time.timers.filter(isReady).sort((one, other) => one.atMs - other.atMs)
    if (next === undefined) return
    time.timers.splice(time.timers.indexOf(next), 1)
    time.nowMs = Math.max(time.nowMs, next.atMs)
    await run(world, next.owner as Process, next.fire)
  }
}

export const pendingOf = ({ processes }: World): Pending[] =>
  processes.flatMap(({ isStopped, pending }) => (isStopped ? [] : pending))

/** `queue away`: the claims are released; `crash`: the process dies between claim and queue. */
export type ScanFate = 'done' | 'queue away' | 'crash'

/** A scan, whole. */
export async function scanOnce(world: World, fate: ScanFate): Promise<void> {
  const queues = {
    countWaiting: async (app: App) => world.jobs.filter((job) => job.app === app).length,
    add: async (app: App, jobs: readonly object[], queued: object) => {
      if (fate === 'queue away') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      if (fate === 'crash') await new Promise(() => undefined)
      world.jobs.push(...jobs.map((job) => ({ app, ...job, ...queued }) as never))
    },
  }
  const context = { db: directDatabase(world), queues: queues as never, config, log: silentLog, worker: 'scan' }
  void scan({ ...context, complain: () => count(world, 'scan had trouble') })
  await turn()
}

/** An operator, or a product, asks for one account. */
export function ask(world: World, { id }: Owned, trigger: 'operator' | 'on_demand'): void {
  const app = world.tables.schedule.get(id)?.app as App | undefined
  if (app === undefined) return
  const requestedAt = new Date(dateOf(world).getTime() - (trigger === 'operator' ? 0 : 10 * SECOND_MS))
  world.jobs.unshift({ app, accountIds: [id], trigger, requestedAt, urgent: true })
}

/** An operator makes accounts due by a filter. */
export async function askForAll(world: World, status: 'TOKEN_EXPIRED' | 'REVOKED' | null): Promise<void> {
  const requestedAt = dateOf(world)
  const filter = status === null ? {} : { status }
  await makeDue(directDatabase(world), filter, { requestedAt, after: '', limit: 100 })
}

export const disconnect = (world: World, { id }: Owned) => disconnectAccount(directDatabase(world), id)

/** A product reports twice that the platform rejects the access token of an account. */
export async function reject(world: World, { id }: Owned): Promise<void> {
  const version = world.tables.credentials.get(id)?.version
  if (version === undefined) return
  await expireRejected(directDatabase(world), { accountId: id, version, error: sentences.cannotRenew })
}

export function pauseByHand(world: World, app: App): Promise<void> {
  return pauseByOperator(directDatabase(world), { app, until: null, reason: 'maintenance' })
}

export async function resumeByHand(world: World, app: App): Promise<void> {
  const db = directDatabase(world)
  const pause = await resumeByOperator(db, app)
  if (pause?.reason === 'many_accounts_ended') await retryEnded(db, app, MANY_ENDED.windowMinutes, pause.since)
}
