import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { MINUTE_MS } from '../units.ts'

/** A file of one process to which lines are appended, each in a single call that returns when it outlives the process. */
export interface AheadFile {
  readonly path: string
  /** Nothing is in it that somebody may need. */
  isEmpty(): boolean
  /** It is full, or was idle for so long that somebody may take its process for dead. */
  isUsedUp(): boolean
  put(name: string, signed: string): void
  /** Leaves no more than a mark, and now and then nothing at all. */
  forget(name: string): void
  /** Closes it and takes it away. */
  remove(): void
}

/** Others throw away a file that nobody has touched for much longer, see `ABANDONED_MS` in ahead-log.ts. */
const IDLE_MS = 10 * MINUTE_MS
/** Begun anew when nothing in it is needed: */
const LARGE_BYTES = 64 * 1024
/** or left behind, when there always is something. */
const MOST_BYTES = 4 * 1024 * 1024

/** @throws when it cannot be made */
export function openAheadFile(path: string): AheadFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'ax', 0o600)
  const held = new Set<string>()
  let bytes = 0
  let touchedMs = performance.now()

  const append = (line: string) => {
    touchedMs = performance.now()
    // A line that was cut off, by a full disk say, ends here and spoils no other.
    bytes += writeSync(file, `\n${line}\n`)
  }
  return {
    path,
    isEmpty: () => held.size === 0,
    isUsedUp: () => bytes > MOST_BYTES || performance.now() - touchedMs > IDLE_MS,
    put(name, signed) {
      append(`${name} ${signed}`)
      held.add(name)
    },
    forget(name) {
      if (!held.delete(name)) return
      if (held.size > 0 || bytes < LARGE_BYTES) return append(name)
      ftruncateSync(file)
      bytes = 0
    },
    remove() {
      closeSync(file)
      rmSync(path, { force: true })
    },
  }
}

/** No two parts can match the same character: a line takes time that grows with its length alone. */
const PUT = /^(\S+) ([\w-]+\.[\w-]+\.[\w-]{43})$/
const FORGOTTEN = /^\S+$/

/** Reads what is in such a file and not forgotten. */
export function readAheadFile(text: string): Map<string, string> {
  const kept = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, signed] = PUT.exec(line) ?? []
    if (name !== undefined && signed !== undefined) kept.set(name, signed)
    else if (FORGOTTEN.test(line)) kept.delete(line)
  }
  return kept
}
