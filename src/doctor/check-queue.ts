import { ConfigError } from '../config.ts'
import { describeError } from '../log.ts'
import { inspectQueue, type QueueServer } from '../queue/inspect.ts'
import { findSessionProblem } from '../queue/own-sessions.ts'
import { type Check, failed, ok, warning } from './check.ts'

/** What Node calls a certificate that it knows no authority for. */
const UNTRUSTED = /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_)/

/** Looks at the server that holds the queues. */
export async function checkQueue(redisUrl: string | null, databaseUrl: string): Promise<Check> {
  if (redisUrl === null) {
    const problem = await findSessionProblem(databaseUrl)
    if (problem !== null) return failed('queue', problem.message, problem.todo)
  }
  const queue = await inspectQueue(redisUrl, databaseUrl).catch((error: unknown) => error)
  return queue instanceof Error ? explain(queue) : judge(queue as QueueServer)
}

function judge({ kind, description, evictionPolicy, problem, hasSchema }: QueueServer): Check {
  if (kind === 'postgresql') {
    return hasSchema
      ? ok('queue', 'in PostgreSQL; REDIS_URL is for more than a small installation')
      : failed('queue', 'its tables in PostgreSQL are missing or old', 'Run: npm run -s cli -- migrate')
  }
  if (problem !== null) return failed('queue', `${description} ${problem.message}`, problem.todo)
  if (evictionPolicy === 'noeviction') return ok('queue', `${description}, noeviction`)
  return warning(
    'queue',
    `${description}, ${evictionPolicy}: it may throw jobs away`,
    'Set maxmemory-policy noeviction.',
  )
}

function explain(error: Error): Check {
  if (error instanceof ConfigError) return failed('queue', error.problems.join('; '), 'Correct REDIS_URL.')
  const { message } = describeError(error) as { message: string }
  const code = 'code' in error ? String(error.code) : ''
  const todo = UNTRUSTED.test(code)
    ? 'Name the file of its CA: ?sslrootcert=/path/ca.pem at the end of REDIS_URL.'
    : 'Check REDIS_URL. Nothing is lost, accounts wait.'
  return failed('queue', `Redis does not answer: ${message}`, todo)
}
