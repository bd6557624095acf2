import { syncBuiltinESMExports } from 'node:module'
import { performance } from 'node:perf_hooks'
import timers from 'node:timers/promises'

/** What belongs to a process and is to happen at a moment, unless the process is stopped or dead by then. */
export interface Timer {
  readonly atMs: number
  readonly owner: object | null
  readonly fire: () => void
}

/** Time that only moves when the model says so: one clock for the database and for all processes. */
export interface HeldTime extends Disposable {
  nowMs: number
  /** The process whose code is running, and which timers that are set belong to. */
  owner: object | null
  timers: Timer[]
  /** From 0 to 1: what the code gets for its jitter. */
  random: () => number
}

/** Takes the clock, the timers and the dice from the code under test, until disposed. */
export function holdTime(): HeldTime {
  const held: HeldTime = { nowMs: 0, owner: null, timers: [], random: () => 0.5, [Symbol.dispose]: letGo }
  const before = {
    setTimeout,
    clearTimeout,
    setImmediate,
    wait: timers.setTimeout,
    random: Math.random,
    now: performance.now,
  }

  const add = (delayMs: number, fire: () => void): Timer => {
    const timer = { atMs: held.nowMs + delayMs, owner: held.owner, fire }
    held.timers.push(timer)
    return timer
  }
  const remove = (timer: unknown) => {
    const at = held.timers.indexOf(timer as Timer)
    if (at !== -1) held.timers.splice(at, 1)
  }
  performance.now = () => held.nowMs
  Math.random = () => held.random()
  globalThis.setTimeout = ((fire: () => void, delayMs = 0) => add(delayMs, fire)) as never
  globalThis.clearTimeout = remove as never
  globalThis.setImmediate = ((fire: () => void) => add(0, fire)) as never
  timers.setTimeout = ((delayMs = 0) => new Promise<void>((fire) => add(delayMs, fire))) as never
  syncBuiltinESMExports()

  function letGo(): void {
    globalThis.setTimeout = before.setTimeout
    globalThis.clearTimeout = before.clearTimeout
    globalThis.setImmediate = before.setImmediate
    timers.setTimeout = before.wait
    Math.random = before.random
    performance.now = before.now
    syncBuiltinESMExports()
  }
  return held
}
