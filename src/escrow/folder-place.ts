import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from './place.ts'

const SUFFIX = '.jws'

/** Keeps in a folder, a file per outcome that only its owner reads; the folder is made when it is needed. */
export function openFolderPlace(folder: string): Place {
  const makeFolder = () => mkdir(folder, { recursive: true, mode: 0o700 })
  const pathOf = (name: string) => join(folder, `${name}${SUFFIX}`)
  return {
    name: folder,
    async check() {
      await makeFolder()
      await access(folder, constants.W_OK)
    },
    async put(name, signed) {
      await makeFolder()
      const draft = join(folder, `.${randomUUID()}`)
      await writeDurably(draft, signed)
      await rename(draft, pathOf(name))
      await syncFolder(folder)
    },
    get: (name) => readFile(pathOf(name), 'utf8').catch(nullWhenMissing),
    async list() {
      const files = (await readdir(folder).catch(nullWhenMissing)) ?? []
      const names = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length))
      const kept = await Promise.all(
        names.map(async (name) => ({ name, signed: await readFile(pathOf(name), 'utf8').catch(nullWhenMissing) })),
      )
      return kept.flatMap(({ name, signed }) => (signed === null ? [] : [{ name, signed }]))
    },
    remove: (name) => rm(pathOf(name), { force: true }),
    async [Symbol.asyncDispose]() {},
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Else the file can be gone after a power cut, though its content was written. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
