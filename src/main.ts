import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { hostname } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Terminal } from './cli/terminal.ts'

// A third of a daemon's start goes into reading TypeScript and compiling. Beside the code and not where anybody may write:
// whoever writes there decides what runs. Where it cannot be written, as in an image, what is there is used all the same.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)))
const { runCommand } = await import('./cli/program.ts')

// Not by Node's --env-file-if-exists, which says on stderr that there is none. The scripts of the README alone: whoever
// runs this file by itself, a test or an image, gives the settings that it wants.
const { npm_package_name, npm_lifecycle_event = '' } = process.env
if (npm_package_name === 'token-refresh-worker' && ['start', 'cli', 'migrate'].includes(npm_lifecycle_event)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
}

const terminal: Terminal = {
  env: process.env,
  input: process.stdin,
  output: process.stdout,
  messages: process.stderr,
  processName: `${hostname()}:${process.pid}`,
  untilStopped,
}

/** A reader that has seen enough, such as `head`, closes the pipe: nothing is wrong then. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCommand(process.argv.slice(2), terminal)

function untilStopped(): Promise<void> {
  return new Promise((stop) => {
    let isStopping = false
    const onSignal = () => {
      if (isStopping) process.exit(1)
      isStopping = true
      stop()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
