import { hostname } from 'node:os'
import process from 'node:process'
import { runCommand } from './cli/program.ts'
import type { Terminal } from './cli/terminal.ts'

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
