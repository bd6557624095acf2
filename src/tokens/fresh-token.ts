import type { Database } from '../database/connect.ts'
import { expireRejected } from '../database/expire-rejected.ts'
import { readTokenState, type TokenState } from '../database/token-state.ts'
import type { Queues } from '../queue/queues.ts'
import { sentences } from '../rules/sentences.ts'
import { asObject } from '../untrusted-json.ts'
import type { Vault } from '../vault.ts'
import { renew } from './renew.ts'
import { ReconnectRequired, TemporarilyUnavailable } from './token-errors.ts'

export interface TokenContext {
  readonly db: Database
  readonly queues: Queues
  readonly vault: Vault
}

/** The longest that a refresh is waited for. */
export const LONGEST_WAIT_MS = 30_000
/** Whoever asks right after an attempt gets its answer, so that many who ask do not become many requests. */
const ANSWERS_FOR_MS = 10_000
/** A token that was rejected may be a moment old; only an attempt that begins with the report can say more about it. */
const ANSWERS_REPORT_FOR_MS = 500

/** Opens the stored access token. */
export function openToken({ vault }: TokenContext, accountId: string, { sealed, version }: TokenState): string {
  const opened = vault.open(sealed, { accountId, version })
  const token = opened.kind === 'opened' ? asObject(opened.content).accessToken : null
  if (typeof token === 'string') return token
  const why = opened.kind === 'opened' ? 'not_a_credential' : opened.reason
  throw new TemporarilyUnavailable(accountId, {
    reason: 'unreadable',
    message: `The credential does not open: ${why}.`,
  })
}

/** Gets a new access token in place of one that has too little time left. */
export async function freshToken(context: TokenContext, accountId: string, before: TokenState): Promise<string> {
  const options = { timeoutMs: LONGEST_WAIT_MS, answersForMs: ANSWERS_FOR_MS }
  return openToken(context, accountId, await renew(context, accountId, before, options))
}

/** Gets a new access token in place of one that the platform has rejected, or settles that there is none. */
export async function replaceRejected(context: TokenContext, accountId: string, before: TokenState): Promise<string> {
  const { db } = context
  const options = { timeoutMs: LONGEST_WAIT_MS, answersForMs: ANSWERS_REPORT_FOR_MS }
  try {
    const after = await renew(context, accountId, before, options)
    if (after.version !== before.version) return openToken(context, accountId, after)
  } catch (error) {
    if (!(error instanceof ReconnectRequired)) throw error
    // The platform has said twice that it is over; the date of the token is not to be believed any more.
    await expireRejected(db, { accountId, version: before.version, error: sentences.cannotRenew })
    const now = await readTokenState(db, accountId, { endedSince: null })
    if (now === null) throw error
    throw new ReconnectRequired(accountId, { status: now.status, message: now.error ?? error.message })
  }
  const message = 'The platform rejects the token that it has just given.'
  throw new TemporarilyUnavailable(accountId, { reason: 'rejected', message })
}
