import fc from 'fast-check'
import type { App } from '../../src/app.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/units.ts'
import { judge } from './invariants.ts'
import type { PendingKeeping, PendingQuery, PendingRequest, Process } from './process.ts'
import * as steps from './steps.ts'
import { connect, count, importToken, type Owned, takeJob, type World } from './world.ts'

export type Command = fc.AsyncCommand<World, World>

/** Of those that there are; undefined when there are none. */
const choose = <Item>(items: readonly Item[], pick: number) => items[pick % Math.max(1, items.length)]

const queries = (world: World) =>
  steps.pendingOf(world).filter((operation): operation is PendingQuery => operation.kind === 'query')
const keepings = (world: World) =>
  steps.pendingOf(world).filter((operation): operation is PendingKeeping => operation.kind === 'keeping')
const requests = (world: World) =>
  steps.pendingOf(world).filter((operation): operation is PendingRequest => operation.kind === 'request')
const connecting = (world: World) => requests(world).filter(({ stage }) => stage === 'connecting')
const stopped = ({ processes }: World) => processes.filter(({ isStopped }) => isStopped)
const going = ({ processes }: World) => processes.filter(({ isStopped }) => !isStopped)
const appOf = ({ platform }: Owned) => platform as App

/** A step with something that it happens to: it cannot happen where there is nothing of the kind. */
function step<Item>(
  label: string,
  find: (world: World) => readonly Item[],
  happen: (world: World, item: Item) => unknown,
): (pick: number) => Command {
  return (pick) => ({
    check: (world) => find(world).length > 0,
    async run(world) {
      const item = choose(find(world), pick)
      if (item === undefined) return
      world.time.nowMs++
      await happen(world, item)
      count(world, 'steps')
      judge(world)
    },
    toString: () => `${label}(${pick})`,
  })
}

const once = (label: string, happen: (world: World) => Promise<unknown>) => step(label, (world) => [world], happen)
const owned = ({ owned }: World) => owned
const connected = (world: World) => world.owned.filter(({ id }) => world.tables.credentials.has(id))
const notEnded = (world: World) => world.owned.filter(({ grant }) => grant.ended === null)

/** All that can happen, and how often. */
const STEPS: Readonly<Record<string, readonly [weight: number, make: (pick: number) => Command]>> = {
  scan: [6, once('scan', (world) => steps.scanOnce(world, 'done'))],
  'scan, queue away': [1, once('scan, queue away', (world) => steps.scanOnce(world, 'queue away'))],
  'scan, crash': [1, once('scan, crash', (world) => steps.scanOnce(world, 'crash'))],
  take: [
    10,
    step(
      'take',
      ({ jobs }) => jobs,
      (world, job) => take(world, job, false),
    ),
  ],
  'take twice': [
    2,
    step(
      'take twice',
      ({ jobs }) => jobs,
      (world, job) => take(world, job, true),
    ),
  ],
  'lose queue': [1, once('lose queue', async ({ jobs }) => void jobs.splice(0))],
  query: [24, step('query', queries, (world, query) => steps.settleQuery(world, query, 'done'))],
  'query late': [3, step('query late', queries, (world, query) => steps.settleQuery(world, query, 'late'))],
  'query away': [2, step('query away', queries, (world, query) => steps.settleQuery(world, query, 'away'))],
  'query unconfirmed': [
    2,
    step('query unconfirmed', queries, (world, query) => steps.settleQuery(world, query, 'unconfirmed')),
  ],
  forsaken: [
    2,
    step('forsaken', ({ processes }) => processes.flatMap(({ forsaken }) => forsaken), steps.settleForsaken),
  ],
  escrow: [6, step('escrow', keepings, (world, keeping) => steps.settleKeeping(world, keeping, 'done'))],
  'escrow away': [1, step('escrow away', keepings, (world, keeping) => steps.settleKeeping(world, keeping, 'away'))],
  replay: [2, step('replay', going, steps.replayOnce)],
  send: [12, step('send', connecting, steps.sendRequest)],
  answer: [12, answer('answered')],
  'answer lost': [2, answer('lost')],
  'answer dropped': [1, answer('dropped')],
  'slow down': [1, answer('slow down')],
  trouble: [1, answer('trouble')],
  page: [1, answer('page')],
  'refuse app': [1, answer('refuses the app')],
  nonsense: [1, answer('nonsense')],
  crash: [
    2,
    step(
      'crash',
      ({ processes }) => processes,
      (world, process) => steps.crash(world, process),
    ),
  ],
  stop: [2, step('stop', going, (world, process) => steps.stop(world, process))],
  'go on': [4, step('go on', stopped, steps.goOn)],
  operator: [2, step('operator', owned, (world, account) => steps.ask(world, account, 'operator'))],
  'on demand': [2, step('on demand', owned, (world, account) => steps.ask(world, account, 'on_demand'))],
  'ask for all': [1, once('ask for all', (world) => steps.askForAll(world, null))],
  'ask for ended': [1, once('ask for ended', (world) => steps.askForAll(world, 'TOKEN_EXPIRED'))],
  'pause app': [1, step('pause app', owned, (world, account) => steps.pauseByHand(world, appOf(account)))],
  'resume app': [2, step('resume app', owned, (world, account) => steps.resumeByHand(world, appOf(account)))],
  reconnect: [2, step('reconnect', owned, (world, { key, platform }) => connect(world, key, platform))],
  'import again': [1, step('import again', connected, importAgain)],
  disconnect: [1, step('disconnect', owned, (world, account) => steps.disconnect(world, account))],
  reject: [1, step('reject', owned, steps.reject)],
  revoke: [1, step('revoke', notEnded, (_, { grant }) => void Object.assign(grant, { ended: 'owner' }))],
  'pass 3 s': [3, passing('3 s', 3 * SECOND_MS)],
  'pass 35 s': [2, passing('35 s', 35 * SECOND_MS)],
  'pass 100 s': [3, passing('100 s', 100 * SECOND_MS)],
  'pass 10 min': [2, passing('10 min', 10 * MINUTE_MS)],
  'pass 50 min': [2, passing('50 min', 50 * MINUTE_MS)],
  'pass 2 h': [1, passing('2 h', 2 * HOUR_MS)],
}

function answer(fate: steps.AnswerFate) {
  return step(
    `answer: ${fate}`,
    ({ wire }) => wire,
    (world, request) => steps.answerRequest(world, request, fate),
  )
}

function passing(length: string, ms: number) {
  return once(`pass ${length}`, (world) => steps.pass(world, ms))
}

/** A queue delivers at least once. */
async function take(world: World, job: World['jobs'][number], again: boolean): Promise<void> {
  const process: Process | undefined = going(world)[world.time.nowMs % Math.max(1, going(world).length)]
  if (process === undefined) return
  if (!again) world.jobs.splice(world.jobs.indexOf(job), 1)
  await takeJob(world, process, job)
}

/** The owner's product imports its old file once more: a used-up token is refused. */
function importAgain(world: World, { key, platform, grant }: Owned): Promise<void> {
  const [first] = grant.tokens
  return first === undefined ? Promise.resolve() : importToken(world, key, platform, first)
}

/** One thing that happens. */
export const aCommand: fc.Arbitrary<Command> = fc.oneof(
  ...Object.values(STEPS).map(([weight, make]) => ({ weight, arbitrary: fc.nat({ max: 11 }).map(make) })),
)

const PARTS = new Map(Object.values(STEPS).map(([, make]) => [nameOf(make(0)), make]))

/** Reads a sequence that is written down as a failure prints it: `scan(0),take(0),query(0)`. */
export function commandsOf(sequence: string): Command[] {
  return [...sequence.matchAll(/([a-z][^()]*)\((\d+)\)/g)].map(([, label = '', pick]) => {
    const make = PARTS.get(label)
    if (make === undefined) throw new Error(`no command is called ${label}`)
    return make(Number(pick))
  })
}

function nameOf(command: Command): string {
  return command.toString().replace(/\(\d+\)$/, '')
}
