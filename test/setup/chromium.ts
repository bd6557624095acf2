import { execFileSync } from 'node:child_process'
import { env } from 'node:process'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * Finds the Chromium that shows the page to the tests: the one of `CHROMIUM_PATH`, else one on PATH, which root on a
 * machine with apt gets from Debian. Null, with a line that says so, where there is none; with `CI=true` that is an error.
 */
export function findChromium(): string | null {
  if (env.CHROMIUM_PATH) return env.CHROMIUM_PATH
  if (onPath() === null && which('apt-get') !== null && process.getuid?.() === 0) install()
  const found = onPath()
  if (found !== null) return found
  const message = 'No Chromium (CHROMIUM_PATH, or chromium on PATH): the tests of the page in a browser do not run.'
  if (env.CI === 'true') throw new Error(message)
  console.warn(message)
  return null
}

const onPath = () => NAMES.map(which).find((path) => path !== null) ?? null

function which(program: string): string | null {
  try {
    return execFileSync('which', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}

function install(): void {
  console.log("Installing Debian's chromium for the tests of the page in a browser …")
  const options = { stdio: 'ignore', env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  try {
    execFileSync('apt-get', ['update'], options)
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options)
  } catch {
    console.warn('chromium could not be installed.')
  }
}
