import { pause } from './pause.ts'

/**
 * Runs a task at once and again and again, each time `intervalMs` after it ended. An error is handed on and the task runs
 * again.
 *
 * @returns ends the repetition and waits for the task that runs
 */
export function every(
  intervalMs: number,
  task: () => Promise<void>,
  onError: (error: unknown) => void,
): AsyncDisposable {
  const stop = new AbortController()
  const loop = async () => {
    while (!stop.signal.aborted) {
      await task().catch(onError)
      await pause(intervalMs, stop.signal)
    }
  }
  const running = loop()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}
