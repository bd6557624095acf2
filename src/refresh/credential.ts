import type { Credential, NewTokens } from '../platforms/strategy.ts'
import { asObject } from '../untrusted-json.ts'

/** Reads what the vault opened; null when it is not a credential. */
export function readCredential(content: unknown): Credential | null {
  const { kind, accessToken, refreshToken, pdsUrl, did, appPassword } = asObject(content)
  if (typeof accessToken !== 'string' || accessToken === '') return null
  return {
    kind: typeof kind === 'string' ? kind : null,
    accessToken,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : null,
    ...(typeof pdsUrl === 'string' ? { pdsUrl } : {}),
    ...(typeof did === 'string' ? { did } : {}),
    ...(typeof appPassword === 'string' ? { appPassword } : {}),
  }
}

/** The credential after a renewal: what the answer does not mention stays as it is. */
export function renewCredential(credential: Credential, tokens: NewTokens): Credential {
  return {
    ...credential,
    ...tokens.changes,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken ?? credential.refreshToken,
  }
}

/** Takes out a code in which a platform repeats one of the secrets, before it gets into the history and the log. */
export function withholdSecrets<T extends object>(
  finding: T,
  { accessToken, refreshToken, appPassword }: Credential,
): T {
  const code = 'code' in finding ? String(finding.code) : ''
  const repeats = [accessToken, refreshToken, appPassword].some((secret) => secret && code.includes(secret))
  return repeats ? { ...finding, code: 'withheld' } : finding
}
