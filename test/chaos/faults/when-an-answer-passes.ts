import type { World } from '../fault.ts'

/** A platform with nothing to answer must not hold up the run. */
export const PATIENCE_MS = 8000

/** Acts in the moment in which an answer of the platform has arrived and its daemon has not read it yet. */
export async function whenAnAnswerPasses({ proxies, wait }: World, act: () => void): Promise<void> {
  const passing = Promise.withResolvers<void>()
  let hasActed = false
  const stop = proxies.platform.onAnswer(() => {
    if (hasActed) return
    hasActed = true
    act()
    passing.resolve()
  })
  try {
    await Promise.race([passing.promise, wait(PATIENCE_MS)])
  } finally {
    stop()
  }
  if (!hasActed) act()
}
