import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

// The version before the newest migration, as it was. With a new migration it is made anew, from the last commit without it:
//   git archive --format=tar.gz -o test/upgrade/previous-version.tar.gz COMMIT src migrations package.json
const ARCHIVE = fileURLToPath(new URL('./previous-version.tar.gz', import.meta.url))
const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

export interface PreviousVersion extends AsyncDisposable {
  /** Where its code is; its packages are ours. */
  readonly root: string
  readonly migrations: readonly string[]
  /** Its runtime dependencies, with their versions. */
  readonly dependencies: Readonly<Record<string, string>>
}

/** Unpacks the previous version; gone when disposed. */
export async function aPreviousVersion(): Promise<PreviousVersion> {
  const root = await mkdtemp(join(tmpdir(), 'token-refresh-worker-previous-'))
  await promisify(execFile)('tar', ['-xzf', ARCHIVE, '-C', root])
  await symlink(NODE_MODULES, join(root, 'node_modules'))
  const files = await readdir(join(root, 'migrations'))
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  return {
    root,
    migrations: files.map((file) => file.replace(/\.sql$/, '')).sort(),
    dependencies,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
