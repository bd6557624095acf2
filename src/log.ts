import { DrizzleQueryError } from 'drizzle-orm/errors'
import { type DestinationStream, type LogFn, type Logger, pino, stdTimeFunctions } from 'pino'

export type Log = Logger

/**
 * Makes the log of a process: one JSON object per line.
 *
 * Secrets are kept out by never handing them over. The rest is a second net: of an error only whitelisted members are
 * written, because errors of libraries carry requests, parameters and rows.
 */
export function openLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { logMethod: nameTheError },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** Without a message of ours, pino would take the error's own, past the serializer. */
function nameTheError(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, ...rest] = args
  method.apply(this, typeof first === 'object' && rest.length === 0 ? [first, 'an error'] : args)
}

/** What may be said of an error: its kind, code, message and stack, and the same of its cause. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'a value that is not an error was thrown' }
  // drizzle puts the parameters of the failed statement into its message; what Postgres said is in the cause.
  if (error instanceof DrizzleQueryError) return describeError(error.cause)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    stack: error.stack,
    ...(error.cause instanceof Error ? { cause: describeError(error.cause) } : {}),
  }
}
