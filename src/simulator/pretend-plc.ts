import { randomInt } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Grants } from './grants.ts'

const PATH = '/plc'
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** The settings that point a daemon at the directory. */
export const plcSettings = (origin: string) => ({ BLUESKY_PLC_URL: `${origin}${PATH}`, ALLOW_PRIVATE_NETWORK: '1' })

/** An identity of the right form. */
export const makeDid = (): string =>
  `did:plc:${Array.from({ length: 24 }, () => BASE32[randomInt(BASE32.length)]).join('')}`

/** Pretends to be the directory of identities: every account lives on the simulator itself. */
export function plcRoutes(server: FastifyInstance, grants: Grants): void {
  server.get<{ Params: { did: string } }>(`${PATH}/:did`, (request, reply) => {
    const { did } = request.params
    if (grants.findAccount('BLUESKY', did) === undefined) {
      return reply.code(404).send({ message: `DID not registered: ${did}` })
    }
    const serviceEndpoint = `${request.protocol}://${request.host}`
    return reply.send({
      id: did,
      service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint }],
    })
  })
}
