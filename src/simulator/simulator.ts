import fastify, { type FastifyInstance } from 'fastify'
import { controlRoutes } from './control.ts'
import { type Faults, findGrant, type Misfortune, openFaults } from './faults.ts'
import { type Grants, openGrants } from './grants.ts'
import { type AccountWish, makeAccount, type PretendAccount } from './make-account.ts'
import type { Pretend } from './pretend.ts'
import { PRETENDS } from './pretends.ts'

/** Pretend platforms on one port. */
export interface Simulator extends AsyncDisposable {
  readonly origin: string
  /** The settings that point a daemon at it. */
  readonly settings: Readonly<Record<string, string>>
  readonly grants: Grants
  readonly faults: Faults
  /** Makes a pretend account; returns the line that imports it. */
  makeAccount(pretend: Pretend, wish: AccountWish): PretendAccount
}

/** Starts pretend versions of the platforms: strict about requests, rotating where the real ones rotate. */
export async function startSimulator({ port }: { port: number }): Promise<Simulator> {
  const grants = openGrants()
  const faults = openFaults()
  const server = fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: false } })
  // The pretend platforms look at bodies themselves, down to whether there is one.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  for (const prefix of new Set(PRETENDS.map((pretend) => pretend.prefix))) mount(server, prefix, { grants, faults })

  let origin = ''
  server.register(controlRoutes, { grants, faults, originOf: () => origin })
  origin = await server.listen({ host: '127.0.0.1', port })
  return {
    origin,
    settings: Object.assign({}, ...PRETENDS.map((pretend) => pretend.settings(`${origin}${pretend.prefix}`))),
    grants,
    faults,
    makeAccount: (pretend, wish) => makeAccount(grants, pretend, wish, origin),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

function mount(
  server: FastifyInstance,
  prefix: string,
  { grants, faults }: { grants: Grants; faults: Misfortune },
): void {
  const here = PRETENDS.filter((pretend) => pretend.prefix === prefix)
  server.register(
    async (platform) => {
      platform.addHook('preHandler', async (request, reply) => {
        const [first] = here
        if (first !== undefined) await faults.meet(reply, { app: first.app, grant: findGrant(request, grants) })
      })
      // The platform has done its work by then.
      platform.addHook('onSend', async (_request, reply) => {
        if (faults.losesAnswer(reply)) reply.raw.destroy()
      })
      for (const routes of new Set(here.map((pretend) => pretend.routes))) routes(platform, grants)
    },
    { prefix },
  )
}
