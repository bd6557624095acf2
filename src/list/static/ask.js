const API = 'api/v1/social-accounts'
/** An answer that takes longer is not waited for. */
const PATIENCE_MS = 15_000
const MOST_REMEMBERED = 20

/**
 * What came of a question; `refused` is one that has no good answer, `left` one that nobody waits for any more.
 *
 * @typedef {{ kind: 'unauthorized' | 'offline' | 'left' }
 *   | { kind: 'refused', message: string }
 *   | { kind: 'limited' | 'away', waitMs: number }} Failure
 */

/**
 * @template Body
 * @typedef {{ kind: 'answered', isNew: boolean, body: Body, nowMs: number } | Failure} Answer
 */

/** @typedef {ReturnType<typeof makeAsk>} Ask */

/** Asks the API with a key, and remembers labels of answers so that what has not changed is not sent again.
 * @param {string} key */
export function makeAsk(key) {
  /** @type {Map<string, { etag: string, body: any }>} */
  const known = new Map()

  /**
   * @template Body
   * @param {string} path
   * @param {AbortSignal} signal
   * @returns {Promise<Answer<Body>>}
   */
  return async function ask(path, signal) {
    const remembered = known.get(path)
    /** @type {Record<string, string>} */
    const headers = { authorization: `Bearer ${key}` }
    if (remembered !== undefined) headers['if-none-match'] = remembered.etag
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
      // Nothing of an answer is left on the disk.
      const answer = await fetch(API + path, { headers, cache: 'no-store', signal: limited })
      const nowMs = Date.parse(answer.headers.get('date') ?? '') || Date.now()
      if (answer.status === 304 && remembered !== undefined)
        return { kind: 'answered', isNew: false, body: remembered.body, nowMs }
      if (!answer.ok) return await readFailure(answer)
      const body = await answer.json()
      const etag = answer.headers.get('etag')
      if (etag !== null) remember(known, path, { etag, body })
      return { kind: 'answered', isNew: true, body, nowMs }
    } catch {
      return { kind: signal.aborted ? 'left' : 'offline' }
    }
  }
}

/** @param {Map<string, unknown>} known @param {string} path @param {unknown} value */
function remember(known, path, value) {
  known.delete(path)
  known.set(path, value)
  const [oldest] = known.keys()
  if (known.size > MOST_REMEMBERED && oldest !== undefined) known.delete(oldest)
}

/** @param {Response} answer @returns {Promise<Failure>} */
async function readFailure(answer) {
  const waitMs = Number(answer.headers.get('retry-after') ?? 10) * 1000
  if (answer.status === 401) return { kind: 'unauthorized' }
  if (answer.status === 429) return { kind: 'limited', waitMs }
  if (answer.status >= 500) return { kind: 'away', waitMs }
  const { message } = await answer.json().catch(() => ({ message: null }))
  return { kind: 'refused', message: message ?? `The server answered ${answer.status}.` }
}
