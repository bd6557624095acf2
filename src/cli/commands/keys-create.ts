import { saveApiKey } from '../../database/api-keys.ts'
import { makeApiKey } from '../../list/api-key.ts'
import { openMigratedSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

export interface CreateOptions {
  readonly name: string
  readonly workspace?: string[]
  readonly json?: true
}

/** Makes an API key for the list module and prints it, this once. */
export async function runKeysCreate({ name, workspace, json }: CreateOptions, terminal: Terminal): Promise<void> {
  const bad = workspace?.find((id) => !/^\S{1,64}$/.test(id))
  if (bad !== undefined) throw new Refusal(`"${bad}" is no workspace: 1 to 64 characters without white space.`)
  await using session = await openMigratedSession(terminal, { keys: false })
  const { plaintext, digest, prefix } = makeApiKey()
  const workspaceIds = workspace ?? null
  await saveApiKey(session.db, { digest, prefix, name, workspaceIds })
  if (json) return print(terminal.output, JSON.stringify({ key: plaintext, prefix, name, workspaceIds }))
  await print(terminal.messages, 'Keep this key now: only its hash is stored, so it cannot be shown again.')
  await print(terminal.output, plaintext)
}
