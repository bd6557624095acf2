import type { Answer } from './request.ts'

/** The newest nonce of each server, which its next proof has to carry. @see rfc9449#section-8 */
export interface DpopNonces {
  /** Undefined: the server has not given one. */
  find(url: string): string | undefined
  /** Looks for a nonce in an answer of the server; every answer may bring one. */
  learn(url: string, answer: Pick<Answer, 'headers'>): void
}

/** Accounts choose their servers, so neither their number nor what they send is ours to decide. */
const MOST_SERVERS = 1000
const LONGEST_NONCE = 512

/** A memory of this process alone: a nonce that is missing or too old costs one more round trip. */
export function rememberNonces(): DpopNonces {
  const newest = new Map<string, string>()
  return {
    find: (url) => newest.get(originOf(url)),
    learn(url, { headers }) {
      const nonce = headers['dpop-nonce']
      if (nonce === undefined || nonce === '' || nonce.length > LONGEST_NONCE) return
      const origin = originOf(url)
      // Set anew, it is the last to be forgotten.
      newest.delete(origin)
      newest.set(origin, nonce)
      const [oldest] = newest.keys()
      if (newest.size > MOST_SERVERS && oldest !== undefined) newest.delete(oldest)
    },
  }
}

const originOf = (url: string) => URL.parse(url)?.origin ?? ''
