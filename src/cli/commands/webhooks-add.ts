import { addEndpoint } from '../../database/webhook-endpoints.ts'
import { makeId } from '../../id.ts'
import { refusalOfOrigin } from '../../oauth/public-origin.ts'
import { makeSecret, sealSecrets } from '../../sealing/webhook-secrets.ts'
import type { EventType } from '../../webhooks/events.ts'
import { openMigratedSession, openVaultOf } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface AddOptions {
  readonly events?: readonly EventType[]
  readonly workspace?: readonly string[]
  readonly json?: true
}

const LONGEST_URL = 2048

/** Adds an endpoint and prints its secret, this once. */
export async function runWebhooksAdd(url: string, options: AddOptions, terminal: Terminal): Promise<void> {
  const { events: eventTypes = null, workspace: workspaceIds = null, json } = options
  const bad = workspaceIds?.find((id) => !/^\S{1,64}$/.test(id))
  if (bad !== undefined) throw new Refusal(`"${bad}" is no workspace: 1 to 64 characters without white space.`)
  await using session = await openMigratedSession(terminal, { keys: true })
  const refusal = refusalOf(url, session.config.allowPrivateNetwork)
  if (refusal !== null) throw new Refusal(`${url}: the address of an endpoint ${refusal}.`)

  const vault = await openVaultOf(session.config)
  const id = `we_${makeId()}`
  const secret = makeSecret()
  const sealed = sealSecrets(vault, { id, version: 1 }, { current: secret, previous: null })
  await addEndpoint(session.db, { ...sealed, url, eventTypes, workspaceIds })
  if (json) return print(terminal.output, JSON.stringify({ id, url, secret, eventTypes, workspaceIds }))
  await print(terminal.messages, `Added ${id}. Keep its secret now: it cannot be shown again.`)
  await print(terminal.messages, `Try it: npm run -s cli -- webhooks test ${id}`)
  await print(terminal.output, secret)
}

function refusalOf(text: string, allowPrivateNetwork: boolean): string | null {
  const url = URL.parse(text)
  if (text.length > LONGEST_URL) return `has at most ${LONGEST_URL} characters`
  if (url?.hash) return 'must not have a fragment'
  if (!allowPrivateNetwork) return refusalOfOrigin(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? null : 'must start with https:// or http://'
}
