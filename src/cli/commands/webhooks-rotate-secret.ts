import { findEndpoint, replaceSecrets } from '../../database/webhook-endpoints.ts'
import { makeSecret, openSecrets, sealSecrets } from '../../sealing/webhook-secrets.ts'
import { openMigratedSession, openVaultOf } from '../session.ts'
import { moment } from '../table.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Long enough to change the secret of a receiver in working hours. */
const PREVIOUS_SIGNS_HOURS = 24

/** Makes a new secret for an endpoint and prints it, this once; the old one signs along for a day. */
export async function runWebhooksRotate(id: string, { json }: { json?: true }, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: true })
  const endpoint = await findEndpoint(session.db, id)
  if (endpoint === null) throw new Refusal(`There is no endpoint ${id}: see webhooks list.`)
  const vault = await openVaultOf(session.config)
  const secrets = openSecrets(vault, endpoint)
  if (secrets === null) throw new Refusal(`No key of TOKEN_ENCRYPTION_KEYS opens the secret of ${id}.`)

  const secret = makeSecret()
  const sealed = sealSecrets(
    vault,
    { id, version: endpoint.version + 1 },
    { current: secret, previous: secrets.current },
  )
  const previousSignsUntil = await replaceSecrets(session.db, sealed, PREVIOUS_SIGNS_HOURS)
  if (previousSignsUntil === null) throw new Refusal('Somebody else has changed the secret in this moment.')
  if (json) return print(terminal.output, JSON.stringify({ id, secret, previousSignsUntil }))
  const until = `Until ${moment(previousSignsUntil)} UTC the old one signs along.`
  await print(terminal.messages, `Keep this secret now: it cannot be shown again. ${until}`)
  await print(terminal.output, secret)
}
