import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { asObject, parseJson } from '../untrusted-json.ts'
import type { Grant, Grants } from './grants.ts'

/** What one request of an account meets instead of the answer that it deserves. */
export interface Fault {
  /** Answers this; without it the platform answers as always. */
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Waits before it answers. */
  readonly delayMs?: number
  /** The platform does its work, and the connection breaks before the answer has left. */
  readonly losesAnswer?: boolean
}

/** Everything that can go wrong at the pretend platforms, by will of whoever runs them. */
export interface Faults {
  /** What the next requests of an account meet, one after the other. */
  script(grant: Grant, faults: readonly Fault[]): void
  /** What every request to the app's platform meets; null: nothing any more. */
  answerAll(app: App, fault: Fault | null): void
  /** How many requests per second the app's platform takes before it answers 429; null: any number. */
  limit(app: App, requestsPerSecond: number | null): void
}

/** The faults as the pretend platforms meet them. */
export interface Misfortune extends Faults {
  /** Answers in the platform's place where something is to go wrong. */
  meet(reply: FastifyReply, who: { app: App; grant: Grant | undefined }): Promise<void>
  /** Whether the answer that is about to leave is to be lost on the way. */
  losesAnswer(reply: FastifyReply): boolean
}

/** A platform that is down. */
export const OUTAGE: Fault = { status: 503, body: '<html>Service Unavailable</html>' }

export function openFaults(): Misfortune {
  const scripts = new Map<Grant, Fault[]>()
  const everybody = new Map<App, Fault>()
  const limits = new Map<App, Limit>()
  const losing = new WeakSet<FastifyReply>()

  return {
    script: (grant, faults) => void scripts.set(grant, [...(scripts.get(grant) ?? []), ...faults]),
    answerAll: (app, fault) => void (fault === null ? everybody.delete(app) : everybody.set(app, fault)),
    limit(app, perSecond) {
      if (perSecond === null) limits.delete(app)
      else limits.set(app, { perSecond, second: 0, seen: 0 })
    },
    async meet(reply, { app, grant }) {
      const limit = limits.get(app)
      if (limit !== undefined && isOver(limit)) {
        return reply.code(429).header('retry-after', '30').send({ error: 'rate_limited' })
      }
      const own = grant === undefined ? undefined : scripts.get(grant)?.shift()
      const fault = own ?? everybody.get(app)
      if (fault === undefined) return
      if (fault.losesAnswer) losing.add(reply)
      await apply(fault, reply)
    },
    losesAnswer: (reply) => losing.has(reply),
  }
}

async function apply({ status, body, headers = {}, delayMs }: Fault, reply: FastifyReply): Promise<void> {
  if (delayMs !== undefined) await wait(delayMs)
  if (status === undefined) return
  reply.code(status).headers(headers)
  if (typeof body === 'string') await reply.type('text/html').send(body)
  else await reply.send(body ?? {})
}

interface Limit {
  readonly perSecond: number
  second: number
  seen: number
}

function isOver(limit: Limit): boolean {
  const second = Math.floor(Date.now() / 1000)
  if (limit.second !== second) Object.assign(limit, { second, seen: 0 })
  limit.seen++
  return limit.seen > limit.perSecond
}

/** Finds whose request it is by any token in it: in the address, the body or a header. */
export function findGrant(request: FastifyRequest, grants: Grants): Grant | undefined {
  const { url, headers, body } = request
  const text = typeof body === 'string' ? body : ''
  const values = [
    ...new URL(url, 'http://simulator').searchParams.values(),
    ...new URLSearchParams(text).values(),
    ...Object.values(asObject(parseJson(text))).map(String),
    headers.authorization?.replace(/^\S+ /, '') ?? '',
  ]
  return values.map((value) => grants.find(value)).find((grant) => grant !== undefined)
}
