import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import process from 'node:process'
import { findBinaries } from '../../src/embedded/binaries.ts'
import { findProgram } from '../../test/setup/debian.ts'

/** One sentence on what the figures were measured with. */
export async function describeMachine(): Promise<string> {
  const [cpu] = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  const { initdb } = await findBinaries()
  return [
    `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}`,
    `${gigabytes} GiB`,
    process.platform,
    `Node ${process.version.slice(1)}`,
    `PostgreSQL ${versionOf(initdb, /PostgreSQL\) (\S+)/)} with fsync`,
    `Redis ${versionOf(findProgram('redis-server', 'Redis') ?? 'redis-server', /v=(\S+)/)}`,
    'the platform on loopback',
  ].join(', ')
}

function versionOf(program: string, pattern: RegExp): string {
  try {
    const [, version = '?'] = pattern.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? []
    return version
  } catch {
    return 'none'
  }
}
