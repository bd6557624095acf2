import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { AccountStatus, Platform, SocialAccount } from './account-row.ts'
import { RefreshAttempt } from './attempts-route.ts'
import { AccountHealthRow, HealthName } from './health-route.ts'
import { ExpirySpread } from './overview-route.ts'
import { ErrorEnvelope } from './problem.ts'
import { addReadOnly } from './read-only.ts'

/** Makes the description out of the schemas that validate and serialise. Before the routes that it describes. */
export async function describeApi(server: FastifyInstance): Promise<void> {
  for (const schema of [
    Platform,
    AccountStatus,
    SocialAccount,
    HealthName,
    AccountHealthRow,
    ExpirySpread,
    RefreshAttempt,
    ErrorEnvelope,
  ])
    server.addSchema(schema)
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Connected social accounts',
        version: '1.0.0',
        description: 'Shows connected accounts and how they stand. Read only.',
      },
      servers: [{ url: '/', description: 'This server' }],
      security: [{ bearer: [] }],
      tags: [
        { name: 'Channels', description: 'Connected accounts.' },
        { name: 'Health', description: 'How they stand, and what was done about it.' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'pb_live_ and 32 letters and digits.' },
        },
      },
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, at) => String(schema.$id ?? `schema-${at}`) },
  })
}

/** What the documentation page may do: nothing inline, nothing from elsewhere. */
const PAGE_POLICY = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'connect-src': "'self'",
  'font-src': "'self' data:",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'img-src': "'self' data:",
  'script-src': "'self'",
  'style-src': "'self'",
}

/** `GET /openapi.json`, and `GET /docs`: the same for people, from files of ours. */
export async function documentationRoutes(server: FastifyInstance): Promise<void> {
  addReadOnly(server, '/openapi.json', { schema: { hide: true } }, async () => server.swagger())
  await server.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Connected social accounts' },
    staticCSP: PAGE_POLICY,
    // The validator that it would ask by default is on the internet.
    uiConfig: { validatorUrl: null, deepLinking: false, layout: 'BaseLayout' },
  })
}
