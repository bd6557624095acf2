import { Readable } from 'node:stream'
import { setImmediate as afterThis } from 'node:timers'
import type { Platform } from '../../src/account.ts'
import type { App } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { isDatabaseAway } from '../../src/database/away.ts'
import type { Database } from '../../src/database/connect.ts'
import { plainLedger } from '../../src/database/ledger.ts'
import { importAccounts } from '../../src/import/import-accounts.ts'
import type { RefreshJob } from '../../src/queue/queues.ts'
import type { RefreshContext } from '../../src/refresh/context.ts'
import { refresh } from '../../src/refresh/refresh.ts'
import type { Vault } from '../../src/vault.ts'
import { silentLog } from '../fixtures/log.ts'
import type { HeldTime } from './held-time.ts'
import { agentsOf, databaseOf, escrowOf, type PendingRequest, type Process } from './process.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import { twinOf } from './statements.ts'
import { aStrictPlatform, type Grant, type StrictPlatform, type Token } from './strict-platform.ts'
import { emptyTables, type Statement, type Tables } from './tables.ts'

/** A job in a queue. */
export interface Job extends RefreshJob {
  readonly app: App
  readonly requestedAt: Date
  readonly urgent: boolean
}

/** An account as its owner knows it: what was connected last. */
export interface Owned {
  readonly key: string
  readonly platform: Platform
  id: string
  grant: Grant
}

/** A statement that happened, for the conformance test. */
export interface Entry {
  /** Null: it does not look at the clock. */
  readonly at: Date | null
  readonly sql: string
  readonly values: readonly unknown[]
  readonly rows: readonly object[]
  /** What the tables held afterwards. */
  readonly after: Snapshot
}

/** What happened on the way, so that the model can show that it gets where it hurts. */
export type Tally = Map<string, number>

/** Everything that there is: one database, one platform, some daemons, and what is on its way between them. */
export interface World {
  readonly time: HeldTime
  readonly tables: Tables
  readonly platform: StrictPlatform
  readonly processes: Process[]
  readonly owned: Owned[]
  readonly jobs: Job[]
  /** Requests that the platform has not seen yet. */
  readonly wire: PendingRequest[]
  /** The escrow, by the names of its entries. */
  readonly kept: Map<string, string>
  readonly tally: Tally
  /** Null: nobody reads it. */
  readonly journal: Entry[] | null
  /** The versions that were seen last. */
  readonly versions: Map<string, { sealed: string; version: number; token: Token | null }>
}

export const START_MS = Date.parse('2026-11-23T12:00:00Z')
export const dateOf = ({ time }: World) => new Date(START_MS + time.nowMs)

export const config: Config = readConfig(
  {
    ...{ X_CLIENT_ID: 'client', X_CLIENT_SECRET: 'secret', ALLOW_PRIVATE_NETWORK: '1' },
    ...{ YOUTUBE_CLIENT_ID: 'client', YOUTUBE_CLIENT_SECRET: 'secret' },
  },
  { keys: false },
)

export interface WorldParts {
  readonly time: HeldTime
  readonly fleet: readonly Platform[]
  readonly tally: Tally
  readonly journal?: Entry[]
}

/** Begins anew, with accounts that have just been connected. */
export async function aWorld({ time, fleet, tally, journal }: WorldParts): Promise<World> {
  Object.assign(time, { nowMs: 0, timers: [], owner: null })
  const world: World = {
    ...{ time, tables: emptyTables(new Date(START_MS)), platform: aStrictPlatform() },
    ...{
      processes: ['a', 'b', 'c'].map((name) => aProcess(name)),
      owned: [],
      jobs: [],
      wire: [],
      kept: new Map(),
      tally,
    },
    ...{ journal: journal ?? null, versions: new Map() },
  }
  for (const [at, platform] of fleet.entries()) await connect(world, `${platform}-${at}`, platform)
  return world
}

export const aProcess = (name: string, ahead = new Map<string, string>()): Process => ({
  ...{ name, isStopped: false, isDead: false },
  ...{ pending: [], forsaken: [], ahead },
})

export const count = ({ tally }: World, what: string) => tally.set(what, (tally.get(what) ?? 0) + 1)

/** Carries out a statement: in one moment, and a moment later than the one before. */
export function execute(world: World, sql: string, values: readonly unknown[]): readonly object[] {
  const { tables, time, journal } = world
  time.nowMs++
  tables.now = dateOf(world)
  const rows = twinCache(sql)(tables, values as readonly never[])
  noteDoubt(world, rows)
  journal?.push({ at: tables.now, sql, values, rows, after: snapshotOf(tables) })
  return rows
}

function noteDoubt({ platform, time }: World, rows: readonly { in_doubt?: boolean; sealed?: string }[]): void {
  const [lease] = rows
  if (lease?.in_doubt !== true || lease.sealed === undefined) return
  const token = platform.tokens.get(JSON.parse(lease.sealed).content.refreshToken)
  if (token !== undefined) token.doubtedAtMs = time.nowMs
}

const twins = new Map<string, Statement>()

function twinCache(sql: string): Statement {
  const twin = twins.get(sql) ?? twinOf(sql)
  twins.set(sql, twin)
  return twin
}

/** A database that answers at once, for what is no attempt. */
export function directDatabase(world: World): Database {
  const query = async (sql: string, values: readonly unknown[] = []) => {
    const rows = execute(world, sql, values)
    return { rows, rowCount: rows.length }
  }
  return { query, connect: async () => ({ query, release: () => undefined }) } as unknown as Database
}

/** Lets the code run until it waits for something outside of it. */
export const turn = () => new Promise<void>((resolve) => afterThis(resolve))

/** Does something that makes the code of a process run on. */
export async function run({ time }: World, process: Process, action: () => void): Promise<void> {
  time.owner = process
  action()
  await turn()
  time.owner = null
}

/** The owner connects the account, or connects it again. */
export async function connect(world: World, key: string, platform: Platform): Promise<void> {
  const grant = world.platform.connect(key, platform)
  await importToken(world, key, platform, grant.current)
  const known = world.owned.find((owned) => owned.key === key)
  const row = [...world.tables.accounts.values()].find((a) => a.external_id === key && a.status !== 'DISCONNECTED')
  if (row === undefined) throw new Error('an import was refused')
  if (known === undefined) world.owned.push({ key, platform, id: row.id, grant })
  else Object.assign(known, { id: row.id, grant })
}

/** Imports a line; one that is refused changes nothing. */
export async function importToken(world: World, key: string, platform: Platform, token: Token): Promise<void> {
  const now = dateOf(world)
  const line = {
    ...{ workspaceId: 'ws_1', platform, externalId: key, handle: key, scopes: ['read'] },
    tokenExpiresAt: new Date(now.getTime() + 3_600_000),
    credential: {
      ...{ accessToken: 'at', refreshToken: token.value, issuedAt: now },
      ...(platform === 'BLUESKY' ? { pdsUrl: 'https://pds.example' } : {}),
    },
  }
  await importAccounts(directDatabase(world), Readable.from([Buffer.from(`${JSON.stringify(line)}\n`)]), {
    ...{ vault, allowPrivateNetwork: true, onRefused: () => count(world, 'import refused') },
    onAccounts: async () => undefined,
  })
}

/** Takes a job: the attempts begin, and wait for their leases. */
export function takeJob(
  world: World,
  process: Process,
  { accountIds, trigger, requestedAt, urgent }: Job,
): Promise<void> {
  const attempt = (accountId: string) => {
    refresh(contextOf(world, process), { accountId, trigger, requestedAt, isOfMany: !urgent }).then(
      (done) => count(world, done === null ? 'nothing to do' : done.outcome),
      (error: unknown) => {
        if (!isDatabaseAway(error)) throw error
        count(world, 'attempt broke off')
      },
    )
  }
  return run(world, process, () => accountIds.forEach(attempt))
}

export function contextOf(world: World, process: Process): RefreshContext {
  const { platform } = world
  const db = databaseOf(process, () => delayHeldBy(world, process))
  return {
    ...{
      db,
      ledger: plainLedger(db),
      vault,
      config,
      log: silentLog,
      worker: process.name,
    },
    // No platform of the model has a limit.
    pace: { turn: async () => 0, restart: () => undefined },
    escrow: escrowOf(process, world.kept, vault),
    agents: agentsOf(process, ({ body, headers }) => {
      const { authorization } = headers as Record<string, string>
      const shown = new URLSearchParams(String(body)).get('refresh_token') ?? authorization?.slice('Bearer '.length)
      const token = platform.tokens.get(shown ?? '')
      if (token === undefined) throw new Error('a token was shown that the platform has never issued')
      return token
    }),
    metrics: {
      keptUnsaved: () => count(world, 'commit failed'),
      endedUnsaved: () => undefined,
      countedEscrow: () => undefined,
      savedFromEscrow: () => count(world, 'saved from the escrow'),
    } as never,
  }
}

/** The tokens that only this process knows. */
export const heldBy = ({ platform }: World, process: Process) =>
  [...platform.tokens.values()].filter(({ holder, isStored }) => holder === process && !isStored)

/** The others cannot know of them in time. */
export function delayHeldBy(world: World, process: Process): void {
  for (const token of heldBy(world, process)) token.isDelayed = true
}

/** Seals nothing, but opens as strictly as the real one: for its account and its version. */
const vault: Vault = {
  kids: ['k'],
  seal: (content, purpose) => vault.prepareSeal(purpose)(content),
  prepareSeal:
    ({ accountId, version }) =>
    (content) =>
      JSON.stringify({ sub: accountId, ver: version, content }),
  open(sealed, { accountId, version }) {
    const { sub, ver, content } = JSON.parse(sealed)
    if (sub !== accountId) return { kind: 'unreadable', reason: 'wrong_account' }
    if (ver !== version) return { kind: 'unreadable', reason: 'wrong_version' }
    return { kind: 'opened', content }
  },
  sign: (text, { accountId, version }) => JSON.stringify({ sub: accountId, ver: version, text }),
  readSigned(signed, { accountId, version }) {
    const { sub, ver, text } = JSON.parse(signed)
    return sub === accountId && ver === version ? text : null
  },
  fingerprints: (token) => [`fp-${token}`],
  sealFingerprintKeys: () => [],
  recognising: () => vault,
}
