import { execFileSync } from 'node:child_process'
import { env } from 'node:process'

/**
 * Finds a program on PATH, which root on a machine with apt gets from Debian. Null, with a line that says so, where there
 * is none; with `CI=true` that is an error.
 *
 * @param what the tests that do without
 */
export function findProgram(name: string, what: string): string | null {
  if (which(name) === null && which('apt-get') !== null && process.getuid?.() === 0) install(name, what)
  const found = which(name)
  if (found !== null) return found
  const message = `No ${name} on PATH: the tests of ${what} do not run.`
  if (env.CI === 'true') throw new Error(message)
  console.warn(message)
  return null
}

export function which(program: string): string | null {
  try {
    return execFileSync('which', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

function install(name: string, what: string): void {
  console.log(`Installing Debian's ${name} for the tests of ${what} …`)
  const options = { stdio: 'ignore', env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  try {
    execFileSync('apt-get', ['update'], options)
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', name], options)
  } catch {
    console.warn(`${name} could not be installed.`)
  }
}
