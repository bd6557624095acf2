import type { Writable } from 'node:stream'
import type { Config } from '../config.ts'
import { type Log, openLog } from '../log.ts'
import { isTerminal, type Terminal } from './terminal.ts'

/** Opens the log of a daemon: for people on a terminal, else a JSON object per line; `LOG_FORMAT` decides otherwise. */
export async function openDaemonLog(
  { logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>,
  { env, output }: Pick<Terminal, 'env' | 'output'>,
): Promise<Log> {
  const format = logFormat ?? (isTerminal(output) ? 'pretty' : 'json')
  if (format === 'json') return openLog(logLevel, together(output))
  // Loaded for people only: a daemon in production starts without it.
  const { default: pretty } = await import('pino-pretty')
  const colorize = isTerminal(output) && !env.NO_COLOR
  return openLog(logLevel, pretty({ destination: output, colorize, translateTime: 'SYS:HH:MM:ss.l', singleLine: true }))
}

/** Writes the lines of one turn of the event loop in a single call: attempts end by dozens, and a pipe takes each at once. */
const together = (output: Writable) => ({
  write(line: string) {
    output.cork()
    output.write(line)
    setImmediate(() => output.uncork())
  },
})
