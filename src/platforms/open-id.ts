import { asText } from '../untrusted-json.ts'
import type { Credential, CredentialChanges } from './credential.ts'

/**
 * Reads whose tokens TikTok has sent: the `open_id` is kept with the first answer and compared with all that follow.
 *
 * @returns null when they are somebody else's
 */
export function readOpenId(
  { open_id }: Readonly<Record<string, unknown>>,
  { openId }: Pick<Credential, 'openId'>,
): CredentialChanges | null {
  const found = /^[\x21-\x7e]{1,255}$/.exec(asText(open_id))?.[0]
  if (found === undefined) return {}
  return openId === undefined || openId === found ? { openId: found } : null
}
