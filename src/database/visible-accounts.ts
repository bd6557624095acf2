import { ACCOUNT_COLUMNS, type WrittenAccount, writeAccount } from './account-json.ts'
import type { Database } from './connect.ts'
import type { Snapshot } from './snapshot.ts'
import { type UnreadRow, unread } from './unread.ts'

/** Workspaces that a caller reaches; null: all. */
export type Reach = readonly string[] | null

/** What an answer consists of, told without reading it out. */
export interface Fingerprint {
  readonly count: number
  /** Changes whenever a column of one of the accounts changes, and when one comes or goes. */
  readonly hash: string
}

/** The accounts that a caller may see; $1 is its reach. */
export const VISIBLE = "a.status <> 'DISCONNECTED' and ($1::text[] is null or a.workspace_id = any($1))"

/**
 * Takes the fingerprint of the accounts that are in reach: a sum of hashes of whole rows.
 *
 * Of the rows and not of a stamp in them: the moment of a change says nothing about the order of commits, so a change
 * can become visible after a later one and leave the greatest stamp as it was. 100,000 rows take 0.2 s (November 2026).
 */
export async function readFingerprint(snapshot: Snapshot, reach: Reach): Promise<Fingerprint> {
  const [row] = await snapshot.query<{ count: number; hash: string }>(
    `select count(*)::integer as count, coalesce(sum(hash_record_extended(a, 0)), 0)::text as hash
     from social_accounts a where ${VISIBLE}`,
    [reach],
  )
  if (row === undefined) throw new Error('an aggregate without a row')
  return row
}

/**
 * Reads so many more accounts and hands them on in pieces of JSON.
 *
 * @returns how many there were; fewer than asked for: these were the last
 */
export type ReadMore = (count: number, onPiece: (json: Buffer) => void) => Promise<number>

/** Characters that are gathered before they become bytes: garbage of that size costs little outside of the heap. */
const PIECE = 65_536

/** Reads the accounts that are in reach as one JSON array, the newest connection first. */
export function readAsJson(snapshot: Snapshot, reach: Reach): ReadMore {
  let declared: Promise<unknown> | null = null
  let text = '['
  let separator = ''
  return async (wanted, onPiece) => {
    const flush = () => {
      onPiece(Buffer.from(text))
      text = ''
    }
    declared ??= snapshot.query(DECLARE, [reach])
    const fetched = snapshot.queryEach(`fetch ${Math.trunc(wanted)} from visible`, (row) => {
      text += separator + writeAccount(row)
      separator = ','
      if (text.length > PIECE) flush()
    })
    // What stood in the way of the cursor is told first: all that follows only says that it is not there.
    fetched.catch(() => {})
    await declared
    const count = await fetched
    if (count < wanted) text += ']'
    flush()
    return count
  }
}

const DECLARE = `
declare visible no scroll cursor for
select ${ACCOUNT_COLUMNS} from social_accounts a where ${VISIBLE} order by a.connected_at desc, a.id desc`

export interface FoundAccount {
  readonly account: WrittenAccount
  /** Changes with every column. */
  readonly hash: string
}

/** Finds one account; null when it is unknown, disconnected or out of reach, all told in the same way and time. */
export async function findVisibleAccount(db: Database, id: string, reach: Reach): Promise<FoundAccount | null> {
  const { rows } = await db.query<UnreadRow>(
    unread(
      `select hash_record_extended(a, 0), ${ACCOUNT_COLUMNS} from social_accounts a where a.id = $2 and ${VISIBLE}`,
      [reach, id],
    ),
  )
  const [row] = rows
  if (row === undefined) return null
  const [hash, ...account] = row
  return { hash: hash ?? '', account }
}
