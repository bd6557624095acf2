import { randomUUID } from 'node:crypto'
import { appendFile, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HOUR_MS } from '../units.ts'
import { type AheadFile, openAheadFile, readAheadFile } from './ahead-file.ts'
import type { Kept, Place } from './place.ts'

/**
 * What is written before the database is asked: a file per process, which the one that takes its place reads, and every
 * neighbour that shares the folder. Each commit comes after a single write to a file that is open, some microseconds.
 */
export interface AheadLog extends Pick<Place, 'name' | 'get' | 'list' | 'remove'>, AsyncDisposable {
  /**
   * When this returns, it outlives the process. Not the machine, for that would take as long as the commit.
   *
   * @throws when the folder cannot be written to
   */
  put(name: string, signed: string): void
  /** It is in the database, or kept in another place. */
  forget(name: string): void
}

const SUFFIX = '.ahead'
const ABANDONED_MS = HOUR_MS

export function openAheadLog(folder: string): AheadLog {
  const own = new Set<AheadFile>()
  const holders = new Map<string, AheadFile>()
  let current: AheadFile | null = null

  const leaveWhenEmpty = (file: AheadFile) => {
    if (file === current || !file.isEmpty()) return
    own.delete(file)
    file.remove()
  }
  const fileToWrite = (): AheadFile => {
    if (current !== null && !current.isUsedUp()) return current
    const previous = current
    current = openAheadFile(join(folder, `${randomUUID()}${SUFFIX}`))
    own.add(current)
    if (previous !== null) leaveWhenEmpty(previous)
    return current
  }
  const forget = (name: string) => {
    const file = holders.get(name)
    if (file === undefined) return
    holders.delete(name)
    file.forget(name)
    leaveWhenEmpty(file)
  }
  const findPaths = async () => {
    const names = (await readdir(folder).catch(nothing)) ?? []
    return names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(folder, name))
  }
  const readAll = (paths: readonly string[]) =>
    Promise.all(
      paths.map(async (path) => ({ path, kept: readAheadFile((await readFile(path, 'utf8').catch(nothing)) ?? '') })),
    )
  const readOthers = async () => {
    const ownPaths = new Set([...own].map(({ path }) => path))
    return readAll((await findPaths()).filter((path) => !ownPaths.has(path)))
  }

  return {
    name: `${folder}, ahead of commits`,
    put(name, signed) {
      const file = fileToWrite()
      file.put(name, signed)
      holders.set(name, file)
    },
    forget,
    get: async (name) => (await readAll(await findPaths())).map(({ kept }) => kept.get(name)).find(Boolean) ?? null,
    /** Of others: what this process has written it has in memory as well, and is about to save. */
    async list() {
      const mine = current
      // Taken away, by somebody or by a neighbour whose clock was set: what is written to it would be found by nobody.
      if (mine !== null && (await stat(mine.path).catch(nothing)) === null && current === mine) current = null
      const others = await readOthers()
      for (const { path, kept } of others) if (kept.size === 0) await removeAbandoned(path)
      return others.flatMap(({ kept }) => [...kept].map(([name, signed]): Kept => ({ name, signed })))
    },
    async remove(name) {
      forget(name)
      for (const { path, kept } of await readOthers()) if (kept.has(name)) await appendFile(path, `\n${name}\n`)
    },
    async [Symbol.asyncDispose]() {
      current = null
      for (const file of own) leaveWhenEmpty(file)
    },
  }
}

/** Of a process that was killed. One that lives has begun another file long before it touches this one again. */
async function removeAbandoned(path: string): Promise<void> {
  const touched = await stat(path).catch(nothing)
  if (touched !== null && Date.now() - touched.mtimeMs > ABANDONED_MS) await rm(path, { force: true })
}

function nothing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
