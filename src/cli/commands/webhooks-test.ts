import { readDatabaseNow } from '../../database/connect.ts'
import { findEndpoint } from '../../database/webhook-endpoints.ts'
import { makeId } from '../../id.ts'
import { openAgents } from '../../oauth/agents.ts'
import type { Sent } from '../../oauth/send.ts'
import { openSecrets } from '../../sealing/webhook-secrets.ts'
import { post } from '../../webhooks/post.ts'
import { openMigratedSession, openVaultOf, type Session } from '../session.ts'
import { layOut } from '../table.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Sends a test event from here, once, and prints the answer. */
export async function runWebhooksTest(id: string, { json }: { json?: true }, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: true })
  const sent = await sendTest(session, id)
  const answer = sent.kind === 'answered' ? sent.answer : null
  const status = answer?.status ?? null
  const code = sent.kind === 'answered' ? null : sent.code
  const isTaken = status !== null && status >= 200 && status < 300
  if (json) await print(terminal.output, JSON.stringify({ taken: isTaken, status, code, body: answer?.json ?? null }))
  else await print(terminal.output, describe(status, code, answer?.json))
  if (!isTaken) throw new Refusal(`${id} did not take the test event: only an answer from 200 to 299 does.`)
}

async function sendTest({ db, config }: Session, id: string): Promise<Sent> {
  const endpoint = await findEndpoint(db, id)
  if (endpoint === null) throw new Refusal(`There is no endpoint ${id}: see webhooks list.`)
  const secrets = openSecrets(await openVaultOf(config), endpoint)
  if (secrets === null) throw new Refusal(`No key of TOKEN_ENCRYPTION_KEYS opens the secret of ${id}.`)
  const { current, previous } = secrets
  const signing = endpoint.previousSigns && previous !== null ? [current, previous] : [current]
  const { allowPrivateNetwork } = config
  await using agents = openAgents({ connections: 1, allowPrivateNetwork })
  const now = await readDatabaseNow(db)
  const data = { endpointId: id }
  const message = { id: `evt_${makeId()}`, type: 'webhook.test', occurredAt: now, sentAt: now, data }
  return await post(agents, { url: endpoint.url, secrets: signing }, message)
}

function describe(status: number | null, code: string | null, body: unknown): string {
  if (status === null) return `No answer: ${code}`
  return layOut([[`${status}${body === undefined ? '' : `  ${JSON.stringify(body).slice(0, 500)}`}`]])
}
