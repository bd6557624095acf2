/** What was done to a daemon by us. */
export interface Interruption {
  readonly daemon: string
  readonly kind: 'killed' | 'stopped' | 'frozen' | 'stalled'
  readonly at: Date
  /** When it was back; null: not yet. */
  until: Date | null
}

/** A daemon that ended without our doing. */
export interface Crash {
  readonly daemon: string
  readonly at: Date
  readonly code: number | null
  /** The end of what it said. */
  readonly said: string
}

/** Three real processes. One that has ended is started again. */
export interface Daemons extends AsyncDisposable {
  readonly names: readonly string[]
  readonly interruptions: readonly Interruption[]
  readonly crashes: readonly Crash[]
  /** SIGKILL. Resolves when the daemon runs again. */
  kill(name: string): Promise<void>
  /** SIGTERM, which waits for the attempts that run. Resolves when the daemon runs again. */
  stop(name: string): Promise<void>
  /** SIGSTOP, and SIGCONT after so long. */
  freeze(name: string, ms: number): Promise<void>
  /** Blocks the event loop for so long. */
  stall(name: string, ms: number): Promise<void>
  /** As the history of attempts names the process that runs now; null: it does not run. */
  workerOf(name: string): string | null
}
