import { HOUR_MS, MINUTE_MS } from '../../src/units.ts'
import { insist, judge, storedToken } from './invariants.ts'
import {
  answerRequest,
  goOn,
  pass,
  pendingOf,
  replayOnce,
  resumeByHand,
  scanOnce,
  sendRequest,
  settleKeeping,
  settleQuery,
} from './steps.ts'
import type { Token } from './strict-platform.ts'
import { dateOf, type Owned, takeJob, type World } from './world.ts'

/** Longer than any backoff, pause or life of a token. */
const HEALS_WITHIN_MS = 5 * HOUR_MS
/** Far more than there can be. */
const MOST_OPERATIONS = 2000
const GRACE_MS = 2 * HOUR_MS

/** Everything is well again and time passes: what can be renewed becomes fresh, and what has ended says so. */
export async function heal(world: World): Promise<void> {
  for (const process of [...world.processes]) if (process.isStopped) await goOn(world, process)
  for (const { forsaken } of world.processes) forsaken.splice(0)
  await finish(world)
  for (const app of ['X', 'YOUTUBE', 'BLUESKY'] as const) {
    if (world.tables.pauses.get(app)?.reason === 'maintenance') await resumeByHand(world, app)
  }
  const renewable = world.owned.filter((account) => isRenewable(world, account))
  const endMs = world.time.nowMs + HEALS_WITHIN_MS
  while (world.time.nowMs < endMs) {
    await replay(world)
    await scanOnce(world, 'done')
    if (world.jobs.length === 0) await pass(world, nextInMs(world))
    await finish(world)
  }
  for (const account of world.owned) judgeHealed(world, account, renewable.includes(account))
  insist(
    world.tables.attempts.every(({ finished_at }) => finished_at !== null),
    'I10: an attempt is not finished',
  )
}

async function replay(world: World): Promise<void> {
  const [process] = world.processes
  if (process === undefined || world.kept.size === 0) return
  await replayOnce(world, process)
  await finish(world)
}

/** Carries out all that has begun, without any trouble. */
async function finish(world: World): Promise<void> {
  for (let done = 0; ; done++) {
    insist(done < MOST_OPERATIONS, 'I4: what has begun does not come to an end')
    const { timers, nowMs } = world.time
    const [operation] = pendingOf(world)
    const [request] = world.wire
    const [process] = world.processes
    const job = operation === undefined && request === undefined ? world.jobs.shift() : undefined
    if (request !== undefined) await answerRequest(world, request, 'answered')
    else if (operation?.kind === 'query') await settleQuery(world, operation, 'done')
    else if (operation?.kind === 'keeping') await settleKeeping(world, operation, 'done')
    else if (operation?.stage === 'connecting') await sendRequest(world, operation)
    else if (job !== undefined && process !== undefined) await takeJob(world, process, job)
    else if (timers.length > 0) await pass(world, Math.min(...timers.map(({ atMs }) => atMs)) - nowMs)
    else return
    judge(world)
  }
}

/** Until something is due, a pause is over, or a lease is. */
function nextInMs(world: World): number {
  const { tables } = world
  const now = dateOf(world)
  const moments = [...tables.schedule.values()]
    .flatMap(({ due_at, leased_until }) => [due_at, leased_until])
    .concat([...tables.pauses.values()].map(({ paused_until }) => paused_until))
    .filter((moment) => moment !== null && moment > now)
    .map((moment) => (moment?.getTime() ?? 0) - now.getTime())
  return Math.min(HOUR_MS, ...moments) + 1
}

/** The token that is stored works, or its successor can still be asked for. */
function isRenewable(world: World, account: Owned): boolean {
  const token = storedToken(world, account)
  if (token === null || token.grant.ended !== null) return false
  const isKept = token.successor === token.grant.current && token.successor.keptAtMs !== null
  return token === token.grant.current || isKept || isGraced(world, token)
}

function isGraced({ time }: World, { grant, spentAtMs, successor }: Token): boolean {
  return (
    grant.platform === 'BLUESKY' &&
    successor === grant.current &&
    time.nowMs - (spentAtMs ?? 0) < GRACE_MS - 10 * MINUTE_MS
  )
}

function judgeHealed(world: World, account: Owned, wasRenewable: boolean): void {
  const { tables } = world
  const row = tables.schedule.get(account.id)
  const stored = tables.accounts.get(account.id)
  if (row === undefined || stored === undefined) return
  const { key } = account
  const isFresh = stored.status === 'ACTIVE' && (stored.token_expires_at ?? 0) > tables.now && row.in_doubt_at === null
  if (wasRenewable) insist(isFresh && stored.last_refresh_error === null, `I4: ${key} can be renewed and is not fresh`)
  else if (stored.status === 'ACTIVE' && !isFresh) insist(false, `I4: ${key} has ended and does not say so`)
}
