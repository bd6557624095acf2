import process from 'node:process'
import { parentPort } from 'node:worker_threads'

// A thread that kills, at a moment that has nothing to do with those at which the platform's thread gets to its answers: timers
// of one thread that are due in the same millisecond run together.

export interface Order {
  readonly pid: number
  readonly afterMs: number
}

const stillness = new Int32Array(new SharedArrayBuffer(4))

parentPort?.on('message', ({ pid, afterMs }: Order) => {
  Atomics.wait(stillness, 0, 0, afterMs)
  const killedMs = performance.timeOrigin + performance.now()
  process.kill(pid, 'SIGKILL')
  parentPort?.postMessage(killedMs)
})
