import fastify from 'fastify'
import { type Static, Type } from 'typebox'
import { openGrants } from './grants.ts'
import { pretendInstagram } from './instagram.ts'
import { type AccountWish, makeAccount, PRETENDED } from './make-accounts.ts'
import { pretendPds } from './pds.ts'
import { pretendX, X_CLIENT_ID, X_CLIENT_SECRET } from './x.ts'

/** Pretend platforms on one port. */
export interface Simulator extends AsyncDisposable {
  readonly origin: string
  /** The settings that point a daemon at it. */
  readonly settings: Readonly<Record<string, string>>
  /** Makes a pretend account; returns the line that imports it. */
  makeAccount(wish: Omit<AccountWish, 'origin'>): object
}

const Wish = Type.Object({
  platform: Type.Enum([...PRETENDED]),
  count: Type.Integer({ minimum: 1, maximum: 100_000, default: 1 }),
  workspaceId: Type.String({ pattern: '^\\S{1,64}$', default: 'ws_demo' }),
  lifetimeSeconds: Type.Integer({ minimum: 1, maximum: 31_536_000, default: 7200 }),
})

/** Starts pretend versions of the platforms: strict about requests, rotating where the real ones rotate. */
export async function startSimulator({ port }: { port: number }): Promise<Simulator> {
  const grants = openGrants()
  const server = fastify({ forceCloseConnections: true })
  // The pretend platforms look at bodies themselves, down to whether there is one.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  server.register(pretendX, { grants, prefix: '/x' })
  server.register(pretendInstagram, { grants, prefix: '/instagram' })
  server.register(pretendPds, { grants })
  server.post<{ Querystring: Static<typeof Wish> }>(
    '/accounts',
    { schema: { querystring: Wish } },
    (request, reply) => {
      const { platform, count, workspaceId, lifetimeSeconds } = request.query
      const wish = { platform, workspaceId, lifetimeMs: lifetimeSeconds * 1000, origin }
      const lines = Array.from({ length: count }, () => makeAccount(grants, { ...wish, ageShare: Math.random() * 0.7 }))
      reply.type('application/x-ndjson').send(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    },
  )
  const origin = await server.listen({ host: '127.0.0.1', port })
  return {
    origin,
    settings: {
      X_BASE_URL: `${origin}/x`,
      X_CLIENT_ID,
      X_CLIENT_SECRET,
      INSTAGRAM_BASE_URL: `${origin}/instagram`,
      ALLOW_PRIVATE_NETWORK: '1',
    },
    makeAccount: (wish) => makeAccount(grants, { ...wish, origin }),
    [Symbol.asyncDispose]: () => server.close(),
  }
}
