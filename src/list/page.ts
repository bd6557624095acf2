import { Type } from 'typebox'
import type { Position } from '../database/position.ts'
import { Problem } from './problem.ts'

const DEFAULT_LIMIT = 100
const MOST_ON_A_PAGE = 500

/** The parameters of every paged answer. */
export interface PageQuery {
  readonly limit: number
  readonly cursor?: string
}

export const pageParameters = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MOST_ON_A_PAGE, default: DEFAULT_LIMIT, description: 'Rows of a page.' }),
  ),
  cursor: Type.Optional(
    Type.String({ pattern: '^[0-9A-Za-z_-]{1,128}$', description: 'The nextCursor of the page before.' }),
  ),
}

export const nextCursor = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  description: 'Asks for the next page; null on the last. The Link header carries the whole address.',
})

export interface Page {
  readonly after: Position | null
  readonly limit: number
}

/**
 * Reads which page is asked for. A cursor holds nothing but a place in the order of rows, so a forged one shows no more
 * than one of ours.
 *
 * @param id what the ids of the rows look like
 * @throws {Problem} VALIDATION_FAILED for a cursor or a limit that is none
 */
export function readPage({ limit, cursor }: PageQuery, id: RegExp): Page {
  // 1e999 is read as Infinity, and bounds of a schema hold for finite numbers only.
  if (!Number.isFinite(limit)) throw new Problem('VALIDATION_FAILED', 'The limit parameter is not valid.')
  if (cursor === undefined) return { after: null, limit }
  const [micros = '', ...rest] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
  const [lastId = ''] = rest
  // Sixteen digits hold every moment until the year 2286, and fit what Postgres counts in.
  if (rest.length !== 1 || !/^-?\d{1,16}$/.test(micros) || !id.test(lastId)) {
    throw new Problem('VALIDATION_FAILED', 'The cursor parameter is not valid.')
  }
  return { after: { micros, id: lastId }, limit }
}

/** The rows of a page, and how to ask for the next; null on the last. */
export interface CutPage<Row> {
  readonly rows: readonly Row[]
  readonly nextCursor: string | null
  readonly link: string | null
}

/**
 * Takes the rows of a page from what was read, which is one more where there is a next page.
 *
 * @param url what was asked for; the link keeps its filters
 * @see {@link https://www.rfc-editor.org/rfc/rfc8288}
 */
export function cutPage<Row extends { readonly position: string }>(
  read: readonly Row[],
  limit: number,
  url: string,
): CutPage<Row> {
  const rows = read.slice(0, limit)
  const last = rows.at(-1)
  if (read.length <= limit || last === undefined) return { rows, nextCursor: null, link: null }
  const cursor = Buffer.from(last.position).toString('base64url')
  const next = new URL(url, 'http://here')
  next.searchParams.set('cursor', cursor)
  return { rows, nextCursor: cursor, link: `<${next.pathname}${next.search}>; rel="next"` }
}
