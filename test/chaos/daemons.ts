import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Running, start } from '../fixtures/process.ts'

/** What was done to a daemon by us. */
export interface Interruption {
  readonly daemon: string
  readonly kind: 'killed' | 'stopped' | 'frozen' | 'stalled'
  readonly at: Date
  /** When it was back; null: not yet. */
  until: Date | null
}

/** A daemon that ended otherwise than it was told to. */
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
  /** SIGKILL, before the call returns. Resolves when the daemon runs again. */
  kill(name: string): Promise<void>
  /** SIGTERM, which waits for the attempts that run. Resolves when the daemon runs again. */
  stop(name: string): Promise<void>
  /** SIGSTOP, and SIGCONT after so long. */
  freeze(name: string, ms: number): Promise<void>
  /** Blocks the event loop for so long. */
  stall(name: string, ms: number): Promise<void>
  /** As the history of attempts names the process that runs now; null: it does not run. */
  workerOf(name: string): string | null
  /** SIGTERM to all; none is started again. */
  stopForGood(): Promise<void>
}

export interface DaemonsOptions {
  /** Of each daemon its `DATA_DIR` and its log, which stay when it is started again. */
  readonly folder: string
  readonly names: readonly string[]
  readonly envOf: (name: string) => Readonly<Record<string, string>>
}

const STALLING = fileURLToPath(new URL('stall-on-signal.ts', import.meta.url))
const BETWEEN_STARTS_MS = 1000

export async function startDaemons({ folder, names, envOf }: DaemonsOptions): Promise<Daemons> {
  const interruptions: Interruption[] = []
  const crashes: Crash[] = []
  const running = new Map<string, Running>()
  /** Processes that were told to end. */
  const told = new Set<Running>()
  /** Those that are on their way up. */
  const launching = new Map<string, Promise<void>>()
  const ending = new Map<string, Promise<void>>()
  let isOver = false

  const dataDirOf = (name: string) => join(folder, name)
  const runningOf = (name: string): Running => {
    const process = running.get(name)
    if (process === undefined) throw new Error(`${name} does not run`)
    return process
  }

  /** Starts until it runs: with the database away a daemon does not come up, and whoever runs it tries again. */
  function launch(name: string): Promise<void> {
    const launched = tryToLaunch(name).finally(() => launching.delete(name))
    launching.set(name, launched)
    return launched
  }

  async function tryToLaunch(name: string): Promise<void> {
    while (!isOver) {
      const options = { env: { DATA_DIR: dataDirOf(name), ...envOf(name) }, nodeOptions: ['--import', STALLING] }
      const process = start(['daemon', '--roles', 'scheduler,worker'], options)
      running.set(name, process)
      const isUp = await comesUp(process)
      void watch(name, process, isUp)
      if (isUp) return
      await wait(BETWEEN_STARTS_MS)
    }
  }

  async function watch(name: string, process: Running, wasUp: boolean): Promise<void> {
    const { code, stdout, stderr } = await process.ended
    await appendFile(join(folder, `${name}.log`), `${stdout}${stderr}--- ended with ${code}\n`)
    const isAsTold = told.has(process) && (code === 0 || code === null)
    if (isOver || isAsTold || !wasUp) return
    crashes.push({ daemon: name, at: new Date(), code, said: `${stdout}${stderr}`.slice(-2000) })
    if (!told.has(process)) await launch(name)
  }

  function begin(daemon: string, kind: Interruption['kind']): Interruption {
    const interruption: Interruption = { daemon, kind, at: new Date(), until: null }
    interruptions.push(interruption)
    return interruption
  }

  /** Once at a time: two at once would each start a daemon anew, and one of them would be nobody's. */
  function end(name: string, kind: 'killed' | 'stopped'): Promise<void> {
    const ended = ending.get(name) ?? endAndLaunch(name, kind).finally(() => ending.delete(name))
    ending.set(name, ended)
    return ended
  }

  async function endAndLaunch(name: string, kind: 'killed' | 'stopped'): Promise<void> {
    if (launching.has(name)) await launching.get(name)
    const process = runningOf(name)
    told.add(process)
    const interruption = begin(name, kind)
    process.signal(kind === 'killed' ? 'SIGKILL' : 'SIGTERM')
    await process.ended
    await launch(name)
    interruption.until = new Date()
  }

  for (const name of names) await mkdir(dataDirOf(name), { recursive: true })
  await Promise.all(names.map(launch))
  return {
    ...{ names, interruptions, crashes },
    kill: (name) => end(name, 'killed'),
    stop: (name) => end(name, 'stopped'),
    async freeze(name, ms) {
      const process = runningOf(name)
      const interruption = begin(name, 'frozen')
      process.signal('SIGSTOP')
      await wait(ms)
      process.signal('SIGCONT')
      interruption.until = new Date()
    },
    async stall(name, ms) {
      await writeFile(join(dataDirOf(name), 'stall-ms'), String(ms))
      const interruption = begin(name, 'stalled')
      runningOf(name).signal('SIGUSR2')
      await wait(ms)
      interruption.until = new Date()
    },
    workerOf: (name) => (running.has(name) ? `${hostname()}:${running.get(name)?.pid}` : null),
    async stopForGood() {
      isOver = true
      for (const process of running.values()) process.signal('SIGTERM')
      await Promise.all([...running.values()].map((process) => process.ended))
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      await Promise.all([...running.values()].map((process) => process[Symbol.asyncDispose]()))
    },
  }
}

/** @returns false when it ended before it ran */
async function comesUp(process: Running): Promise<boolean> {
  let hasEnded = false
  void process.ended.then(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    if (process.stdout().includes('the daemon runs')) return true
    await wait(50)
  }
  return false
}
