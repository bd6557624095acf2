/**
 * Never runs a task beside itself: whoever asks while it runs gets the end of that run, and its error. Safe to call at any
 * moment.
 */
export function oneRunAtATime(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  return () => {
    running ??= task().finally(() => {
      running = null
    })
    return running
  }
}
