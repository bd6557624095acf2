import { describeError } from '../log.ts'
import { inspectQueue } from '../queue/inspect.ts'
import { type Check, failed, ok, warning } from './check.ts'

/** Looks at the server that holds the queues. */
export async function checkQueue(redisUrl: string | null, databaseUrl: string): Promise<Check> {
  const queue = await inspectQueue(redisUrl, databaseUrl).catch((error: unknown) => error)
  if (queue instanceof Error) {
    const { message } = describeError(queue) as { message: string }
    return failed('queue', `Redis does not answer: ${message}`, 'Check REDIS_URL. Nothing is lost, accounts wait.')
  }
  const { kind, version, evictionPolicy, hasSchema } = queue as Awaited<ReturnType<typeof inspectQueue>>
  if (kind === 'postgresql') {
    return hasSchema
      ? ok('queue', 'in PostgreSQL; REDIS_URL is for more than a small installation')
      : failed('queue', 'its tables in PostgreSQL are missing or old', 'Run: npm run -s cli -- migrate')
  }
  if (evictionPolicy === 'noeviction') return ok('queue', `Redis ${version}, noeviction`)
  return warning(
    'queue',
    `Redis ${version}, ${evictionPolicy}: it may throw jobs away`,
    'Set maxmemory-policy noeviction.',
  )
}
