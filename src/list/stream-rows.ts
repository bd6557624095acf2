import { Readable } from 'node:stream'
import { SECOND_MS } from '../units.ts'
import { Problem } from './problem.ts'

/** Sends batches of rows as one JSON array; memory holds one batch, and the next is read when the caller has taken it. */
export function streamRows<Row>(
  first: readonly Row[],
  batches: AsyncIterable<readonly Row[]>,
  serialise: (row: Row) => string,
): Readable {
  // Not in object mode: what waits for a slow reader is measured in bytes.
  return Readable.from(writeArray(first, batches, serialise), { objectMode: false })
}

async function* writeArray<Row>(
  first: readonly Row[],
  batches: AsyncIterable<readonly Row[]>,
  serialise: (row: Row) => string,
): AsyncGenerator<string> {
  let separator = '['
  const write = (rows: readonly Row[]) => {
    let text = ''
    for (const row of rows) {
      text += separator + serialise(row)
      separator = ','
    }
    return text
  }
  yield write(first)
  for await (const rows of batches) if (rows.length > 0) yield write(rows)
  yield ']'
}

/** Keeps large answers from taking every connection, however slowly they are read. */
export interface LargeAnswers {
  /**
   * Lets one more begin.
   *
   * @returns to be called when it has ended
   * @throws {Problem} SERVICE_UNAVAILABLE when too many run
   */
  begin(): () => void
}

const RETRY_AFTER_MS = 2 * SECOND_MS

export function limitLargeAnswers(most: number): LargeAnswers {
  let running = 0
  return {
    begin() {
      if (running >= most) {
        const retryAfterMs = RETRY_AFTER_MS
        throw new Problem('SERVICE_UNAVAILABLE', 'Too many large answers are being sent.', { retryAfterMs })
      }
      running++
      return () => {
        running--
      }
    },
  }
}
