import { revokeApiKeys } from '../../database/api-keys.ts'
import { openMigratedSession } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

const START = 'pb_live_'

/** Revokes an API key of the list module for good: its next request is refused, by every daemon. */
export async function runKeysRevoke(text: string, terminal: Terminal): Promise<void> {
  const prefix = text.startsWith(START) ? text.slice(START.length) : text
  if (!/^[0-9A-Za-z]{8}$/.test(prefix)) {
    // Not quoted back: it may be a whole key, and this ends up in logs.
    throw new Refusal(`A key is named by the 8 characters after ${START}: see keys list. Never show more of it.`)
  }
  await using session = await openMigratedSession(terminal, { keys: false })
  const names = await revokeApiKeys(session.db, prefix)
  if (names.length === 0) throw new Refusal(`There is no key ${prefix}, or it is revoked already.`)
  await print(terminal.messages, `Revoked ${prefix} (${names.join(', ')}).`)
}
