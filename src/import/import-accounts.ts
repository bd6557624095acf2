import type { ClientBase } from 'pg'
import type { App } from '../app.ts'
import type { Database } from '../database/connect.ts'
import {
  beginImport,
  type Existing,
  type ImportRow,
  lockExisting,
  noteLines,
  saveBatch,
} from '../database/import-batch.ts'
import { makeId } from '../id.ts'
import { firstDueAt } from '../rules/due.ts'
import { reconnectBy } from '../rules/reconnect-by.ts'
import type { Vault } from '../vault.ts'
import type { MemberProblem } from './line-schema.ts'
import { readLines } from './lines.ts'
import { type ImportedAccount, MOST_LINE_BYTES, type ReadLine, readAccount } from './read-account.ts'
import { findTakenTokens, fingerprintsOf } from './taken-tokens.ts'

/** What the command prints of an account. */
export interface ImportedLine {
  readonly id: string
  readonly workspaceId: string
  readonly platform: string
  readonly externalId: string
  /** False: it was connected before. */
  readonly created: boolean
}

export interface ImportOptions {
  readonly vault: Vault
  readonly allowPrivateNetwork: boolean
  /** Told of every refused line, in order within a batch. */
  readonly onRefused: (line: number, problems: readonly MemberProblem[]) => void
  /** Told of the accounts, some at a time; none is stored before the promise of the import resolves. */
  readonly onAccounts: (accounts: readonly ImportedLine[]) => Promise<void>
}

export interface ImportSummary {
  readonly accounts: number
  readonly created: number
  readonly refused: number
  /** The apps that the accounts belong to. */
  readonly apps: ReadonlySet<App>
}

const BATCH = 500

/**
 * Imports accounts, one JSON object per line: all of them or, when a line is refused, none.
 *
 * Streams: memory does not grow with the file. Safe beside a running daemon and beside another import.
 */
export async function importAccounts(
  db: Database,
  source: AsyncIterable<Buffer>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const client = await db.connect()
  try {
    const now = await beginImport(client)
    const summary = { accounts: 0, created: 0, refused: 0, apps: new Set<App>() }
    const rules = { allowPrivateNetwork: options.allowPrivateNetwork, now }
    for await (const batch of inBatches(readLines(source, MOST_LINE_BYTES), BATCH)) {
      await importBatch(
        client,
        batch.map((line) => readAccount(line, rules)),
        { ...options, now, summary },
      )
    }
    await client.query(summary.refused > 0 ? 'rollback' : 'commit')
    return summary
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

interface Progress extends ImportOptions {
  readonly now: Date
  readonly summary: { accounts: number; created: number; refused: number; apps: Set<App> }
}

async function importBatch(client: ClientBase, lines: readonly ReadLine[], progress: Progress): Promise<void> {
  const { vault, now, summary } = progress
  const accounts = lines.flatMap((line) => (line.kind === 'account' ? [line.account] : []))
  const problems = new Map(lines.flatMap((line) => (line.kind === 'refused' ? [[line.line, line.problems]] : [])))

  for (const [line, first] of await noteLines(client, accounts)) {
    problems.set(line, [{ member: 'externalId', problem: `is the same account as in line ${first}` }])
  }
  const existing = await lockExisting(client, accounts)
  for (const [line, problem] of await findTakenTokens(client, accounts, existing, vault)) {
    if (!problems.has(line)) problems.set(line, [problem])
  }

  const refused = [...problems].sort(([one], [other]) => one - other)
  for (const [line, found] of refused) progress.onRefused(line, found)
  summary.refused += refused.length
  // Nothing will be stored any more; the rest of the file is read for its problems only.
  if (summary.refused > 0) return

  const rows = accounts.map((account) => toRow(account, existing.get(account.line), vault, now))
  await saveBatch(client, rows)
  const known = new Set([...existing.values()].map(({ accountId }) => accountId))
  const imported = rows.map(({ id, workspaceId, platform, externalId }) => {
    return { id, workspaceId, platform, externalId, created: !known.has(id) }
  })
  for (const { strategy } of accounts) summary.apps.add(strategy.app)
  summary.accounts += imported.length
  summary.created += imported.filter(({ created }) => created).length
  await progress.onAccounts(imported)
}

function toRow(account: ImportedAccount, existing: Existing | undefined, vault: Vault, now: Date): ImportRow {
  const id = existing?.accountId ?? `soc_${makeId()}`
  const version = (existing?.version ?? 0) + 1
  const { strategy, credential, tokenExpiresAt, issuedAt, refreshTokenExpiresAt } = account
  const renewable = strategy.canRenew(credential)
  const fingerprints = fingerprintsOf(account, vault)
  const isHeld = existing?.fingerprint != null && fingerprints.includes(existing.fingerprint)
  const due = renewable ? firstDueAt(strategy, id, { issuedAt, tokenExpiresAt }, now) : tokenExpiresAt
  return {
    id,
    workspaceId: account.workspaceId,
    platform: account.platform,
    externalId: account.externalId,
    handle: account.handle,
    displayName: account.displayName,
    avatarUrl: account.avatarUrl,
    scopes: account.scopes,
    connectedAt: account.connectedAt ?? now,
    tokenExpiresAt,
    meta: account.meta,
    defaultBoardId: account.defaultBoardId,
    sealed: vault.seal(credential, { accountId: id, version }),
    version,
    issuedAt,
    refreshTokenExpiresAt,
    fingerprint: fingerprints[0] ?? null,
    app: strategy.app,
    dueAt: due,
    deadlineAt: tokenExpiresAt ?? due,
    renewable,
    reconnectBy: reconnectBy(renewable, tokenExpiresAt, { refreshTokenExpiresAt, dataAccessExpiresAt: null }),
    // The line brings nothing new, and the answer to the token that it brings may be on its way.
    keepsCredential: isHeld && existing.isShown,
  }
}

async function* inBatches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of source) {
    batch.push(item)
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
