/** A time in which a thread was kept from running; in milliseconds since 1970. */
export interface Stall {
  readonly fromMs: number
  readonly toMs: number
}

const BEAT_MS = 5
/** What a thread does late and all at once after it. Shorter ones the limit's spread bears. */
const STALL_MS = 35

/** Records when this thread was kept from running. */
export function watchStalls(): { readonly stalls: readonly Stall[] } & Disposable {
  const stalls: Stall[] = []
  let lastBeatMs = wallMs()
  const beat = setInterval(() => {
    const atMs = wallMs()
    if (atMs - lastBeatMs > STALL_MS) stalls.push({ fromMs: lastBeatMs, toMs: atMs })
    lastBeatMs = atMs
  }, BEAT_MS)
  return { stalls, [Symbol.dispose]: () => clearInterval(beat) }
}

/** The same in all threads of a process. */
export const wallMs = (): number => performance.timeOrigin + performance.now()
