import type { FastifyReply } from 'fastify'
import type { Reach } from '../database/visible-accounts.ts'
import { Problem } from './problem.ts'

/** The workspaces to show: one that the key does not reach is refused, known or not, and never an empty list. */
export function narrow(reach: Reach, workspaceId: string | undefined): Reach {
  if (workspaceId === undefined) return reach
  if (reach === null || reach.includes(workspaceId)) return [workspaceId]
  throw new Problem('FORBIDDEN', 'This key does not reach that workspace.')
}

/** The same for an account that is unknown, disconnected or out of reach: nobody learns which. */
export const noSuchAccount = (): Problem => new Problem('NOT_FOUND', 'There is no such account.')

/** Aborts when the caller has gone before its answer was complete. */
export function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}
