/** @typedef {{ now: () => void, stop: () => void }} Watch */

/**
 * Looks again and again while somebody can see the page; `now` looks at once, in place of a look that is under way.
 *
 * @param {(signal: AbortSignal) => Promise<number>} look resolves to how long to wait
 * @param {(isHidden: boolean) => void} onVisibility
 * @returns {Watch}
 */
export function watch(look, onVisibility) {
  const ended = new AbortController()
  let current = new AbortController()
  let timer = 0

  const halt = () => {
    clearTimeout(timer)
    current.abort()
  }
  const now = async () => {
    halt()
    if (ended.signal.aborted || document.hidden) return
    current = new AbortController()
    const { signal } = current
    const waitMs = await look(signal)
    if (!signal.aborted) timer = setTimeout(now, waitMs)
  }
  const onChange = () => {
    onVisibility(document.hidden)
    if (document.hidden) halt()
    else void now()
  }

  document.addEventListener('visibilitychange', onChange, { signal: ended.signal })
  addEventListener('online', () => void now(), { signal: ended.signal })
  return {
    now: () => void now(),
    stop() {
      ended.abort()
      halt()
    },
  }
}
