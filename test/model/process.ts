import { Dispatcher } from 'undici'
import type { Database } from '../../src/database/connect.ts'
import type { Escrow } from '../../src/escrow/escrow.ts'
import { type KeptOutcome, readOutcome, signOutcome } from '../../src/escrow/kept-outcome.ts'
import { nameOf, readName } from '../../src/escrow/place.ts'
import type { Agents } from '../../src/oauth/agents.ts'
import type { SealedFor, Vault } from '../../src/vault.ts'
import type { PlatformAnswer, Token } from './strict-platform.ts'

/** As the daemon's. */
const QUERY_TIMEOUT_MS = 30_000

/** A statement that a process waits for. */
export interface PendingQuery {
  readonly kind: 'query'
  readonly process: Process
  readonly sql: string
  readonly values: readonly unknown[]
  readonly resolve: (result: { rows: readonly object[]; rowCount: number }) => void
  readonly reject: (error: Error) => void
  /** The database has done it, and the process does not know yet. */
  done: readonly object[] | null
}

/** A request that a process waits for. */
export interface PendingRequest {
  readonly kind: 'request'
  readonly process: Process
  readonly token: Token
  readonly handler: Dispatcher.DispatchHandler
  readonly controller: Dispatcher.DispatchController
  stage: 'connecting' | 'sent' | 'over'
  sentAtMs: number
  /** Came while the process was stopped. */
  arrived: PlatformAnswer | null
}

/** Something that a process asks of the escrow. */
export interface PendingKeeping {
  readonly kind: 'keeping'
  readonly process: Process
  readonly carryOut: () => void
  /** The escrow is out of reach. */
  readonly refuse: () => void
}

export type Pending = PendingQuery | PendingRequest | PendingKeeping

/** A daemon, as far as the rest of the world sees one: what it waits for. */
export interface Process {
  readonly name: string
  isStopped: boolean
  isDead: boolean
  readonly pending: Pending[]
  /** What it has written ahead of a commit, on a disk of its own: the process that takes its place finds it. */
  readonly ahead: Map<string, string>
  /** Statements that the process does not wait for any more and that the database has not seen yet. */
  readonly forsaken: PendingQuery[]
}

/** The database of a process: each statement waits until the model lets it happen. */
export const databaseOf = (process: Process, onTimeout: () => void): Database =>
  ({
    query: (sql: string, values: readonly unknown[] = []) =>
      new Promise((resolve, reject) => {
        const query: PendingQuery = { kind: 'query', process, sql, values, resolve, reject, done: null }
        process.pending.push(query)
        // As the pool does; a statement that was not done by then may be done later, when nobody waits for it.
        setTimeout(() => {
          if (!process.pending.includes(query)) return
          onTimeout()
          settled(query).reject(new Error('Query read timeout'))
          if (query.done === null) process.forsaken.push(query)
        }, QUERY_TIMEOUT_MS)
      }),
  }) as unknown as Database

/** The network of a process: each request waits for its connection, then for its answer. */
export function agentsOf(process: Process, findToken: (request: Dispatcher.DispatchOptions) => Token): Agents {
  const wire = new (class extends Dispatcher {
    override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
      const request: PendingRequest = {
        kind: 'request',
        process,
        token: findToken(options),
        handler,
        controller: controllerOf(() => request),
        stage: 'connecting',
        sentAtMs: 0,
        arrived: null,
      }
      process.pending.push(request)
      return true
    }
  })()
  return {
    for: () => wire,
    nonces: { find: () => undefined, learn: () => undefined },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** The escrow of a process: all of them share what is in it, and the real one signs it. */
export function escrowOf(process: Process, kept: Map<string, string>, vault: Vault): Escrow {
  const ask = <Answer>(answer: () => Answer, unreachable: Answer) =>
    new Promise<Answer>((resolve) => {
      const keeping: PendingKeeping = {
        kind: 'keeping',
        process,
        carryOut: () => end(answer()),
        refuse: () => end(unreachable),
      }
      const end = (given: Answer) => {
        settled(keeping)
        resolve(given)
      }
      process.pending.push(keeping)
    })
  const read = (who: SealedFor | null): KeptOutcome | null => {
    const signed = who === null ? undefined : (kept.get(nameOf(who)) ?? process.ahead.get(nameOf(who)))
    return who === null || signed === undefined ? null : readOutcome(vault, signed, who)
  }
  const put = (outcome: KeptOutcome) => {
    kept.set(nameOf(outcome.lease), signOutcome(vault, outcome))
    return true
  }
  const list = () => {
    const names = new Set([...kept.keys(), ...process.ahead.keys()])
    return [...names].map((name) => read(readName(name))).filter((one) => one !== null)
  }
  const remove = (name: string) => {
    kept.delete(name)
    process.ahead.delete(name)
  }
  return {
    writeAhead: (outcome) => void process.ahead.set(nameOf(outcome.lease), signOutcome(vault, outcome)),
    forgetAhead: (who) => void process.ahead.delete(nameOf(who)),
    isUsable: async () => true,
    put: (outcome) => ask(() => put(outcome), false),
    find: (who) => ask<KeptOutcome | 'unreachable' | null>(() => read(who), 'unreachable'),
    list: () => ask(() => ({ kept: list(), unreadable: 0 }), { kept: [], unreadable: 0 }),
    remove: (who) => ask(() => remove(nameOf(who)), undefined),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** What a request does with itself: all that ours do is to give up. */
function controllerOf(request: () => PendingRequest): Dispatcher.DispatchController {
  const controller = {
    aborted: false,
    paused: false,
    reason: null as Error | null,
    rawHeaders: null,
    rawTrailers: null,
    pause: () => undefined,
    resume: () => undefined,
    abort(reason: Error) {
      if (request().stage === 'over') return
      Object.assign(controller, { aborted: true, reason })
      fail(request(), reason)
    },
  }
  return controller as unknown as Dispatcher.DispatchController
}

/** Takes a pending operation off the list: it is over. */
export function settled<Operation extends Pending>(operation: Operation): Operation {
  const { pending } = operation.process
  pending.splice(pending.indexOf(operation), 1)
  if (operation.kind === 'request') operation.stage = 'over'
  return operation
}

/** The connection breaks. */
export function fail(request: PendingRequest, error: Error): void {
  settled(request).handler.onResponseError?.(request.controller, error)
}

/** The whole answer arrives. */
export function deliver(request: PendingRequest, { status, json, issued }: PlatformAnswer): void {
  const { handler, controller, process } = settled(request)
  if (issued !== null) issued.holder = process
  handler.onResponseStart?.(controller, status, { 'content-type': 'application/json' }, '')
  handler.onResponseData?.(controller, Buffer.from(json === undefined ? '<html>' : JSON.stringify(json)))
  handler.onResponseEnd?.(controller, {})
}
