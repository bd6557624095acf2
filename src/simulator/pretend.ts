import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Platform } from '../account.ts'
import type { App } from '../app.ts'
import type { Grant, Grants } from './grants.ts'

/** Credentials of our app at every pretend platform. */
export const CLIENT = { id: 'demo-client', secret: 'demo-secret' } as const

/** One kind of account at a pretend platform: strict about requests, rotating where the real one rotates. */
export interface Pretend {
  readonly platform: Platform
  /** As in the import format; null where the platform has one kind. */
  readonly kind: string | null
  readonly app: App
  /** Where its routes are mounted, without a slash at the end; kinds that share it are served by the same routes. */
  readonly prefix: string
  /** Settings that point a daemon at it. `origin` is the simulator's, with the prefix. */
  settings(origin: string): Readonly<Record<string, string>>
  /** The first tokens of a new grant. */
  makeTokens(externalId: string, lifetimeMs: number): Pick<Grant, 'accessToken' | 'refreshToken' | 'dpopKey'>
  /** Members of the imported credential besides the tokens, and what replaces members of the line. */
  describe?(grant: Grant, origin: string): { readonly credential?: object; readonly line?: object }
  routes(server: FastifyInstance, grants: Grants): void
}

/** Client id and secret of an app's settings, and the address of its pretend platform. */
export const clientSettings = (app: App, origin: string): Record<string, string> => ({
  [`${app}_CLIENT_ID`]: CLIENT.id,
  [`${app}_CLIENT_SECRET`]: CLIENT.secret,
  [`${app}_BASE_URL`]: origin,
})

/** The form of a request. */
export const formOf = (request: { body: unknown }): URLSearchParams =>
  new URLSearchParams(typeof request.body === 'string' ? request.body : '')

/** Refuses as an OAuth token endpoint does. @see rfc6749#section-5.2 */
export const refuse = (reply: FastifyReply, status: number, error: string, description: string) =>
  reply.code(status).send({ error, error_description: description })
