import type { Credential } from '../platforms/credential.ts'
import type { NewTokens, Reading } from '../platforms/strategy.ts'
import { readPrivateJwk } from '../private-jwk.ts'
import { asObject } from '../untrusted-json.ts'

const TEXT_MEMBERS = [
  'userAccessToken',
  'userTokenExpiresAt',
  'dataAccessExpiresAt',
  'openId',
  'pdsUrl',
  'did',
  'appPassword',
  'issuer',
] as const satisfies readonly (keyof Credential)[]

/** Reads what the vault opened; null when it is not a credential. */
export function readCredential(content: unknown): Credential | null {
  const members = asObject(content)
  const { kind, accessToken, refreshToken } = members
  if (typeof accessToken !== 'string' || accessToken === '') return null
  const dpopKey = readPrivateJwk(members.dpopKey)
  return {
    kind: typeof kind === 'string' ? kind : null,
    accessToken,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : null,
    ...Object.fromEntries(
      TEXT_MEMBERS.filter((name) => typeof members[name] === 'string').map((name) => [name, members[name]]),
    ),
    ...(dpopKey === null ? {} : { dpopKey }),
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

/** What an answer made of the credential; null when it stays as it is. */
export function changeCredential(credential: Credential, reading: Reading): Credential | null {
  if (reading.kind === 'renewed') return renewCredential(credential, reading.tokens)
  if (reading.kind !== 'healthy') return null
  const isChanged = Object.entries(reading.changes).some(([name, value]) => credential[name as never] !== value)
  return isChanged ? { ...credential, ...reading.changes } : null
}

/** Takes out a code in which a platform repeats one of the account's secrets, before it gets into the history and the log. */
export function withholdSecrets<T extends object>(finding: T, credential: Credential): T {
  const { accessToken, refreshToken, appPassword, userAccessToken, dpopKey } = credential
  return withhold(finding, [accessToken, refreshToken, appPassword, userAccessToken, dpopKey?.d])
}

/** The same for secrets of whatever kind. */
export function withhold<T extends object>(finding: T, secrets: readonly (string | null | undefined)[]): T {
  const code = 'code' in finding ? String(finding.code) : ''
  const repeats = secrets.some((secret) => secret && code.includes(secret))
  return repeats ? { ...finding, code: 'withheld' } : finding
}
