import { Readable } from 'node:stream'
import type { ReadMore } from '../database/visible-accounts.ts'
import { SECOND_MS } from '../units.ts'
import { Problem } from './problem.ts'

/**
 * Sends what is read batch by batch; memory holds one batch, and the next is read when the caller has taken it.
 *
 * No promise carries what is sent, as those of an async generator would: the promises of one batch after the other hang
 * together, and as soon as one of them is old, what all that follow carry is kept until the next full collection, and the
 * process grows to twice its size (Node 24.21).
 *
 * @param pieces the first batch, which was full
 */
export function streamBatches(pieces: Buffer[], readMore: ReadMore, batch: number): Readable {
  let isLast = false
  const read = async () => {
    if (pieces.length === 0) isLast = (await readMore(batch, (piece) => pieces.push(piece))) < batch
    for (const piece of pieces.splice(0)) stream.push(piece)
    if (isLast) stream.push(null)
  }
  const stream = new Readable({ read: () => void read().catch((error) => stream.destroy(error)) })
  return stream
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
