import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The package of the real Bluesky server. */
export const PDS_FOLDER = fileURLToPath(new URL('../end-to-end/pds/', import.meta.url))

/** Installs the real Bluesky server on the first run; nothing of it is built, so no install script is needed. */
export function installLocalPds(): void {
  if (existsSync(`${PDS_FOLDER}node_modules/@atproto/pds/package.json`)) return
  console.log('Installing the Bluesky server of the end-to-end tests (about a minute, once) …')
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: PDS_FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
