import { refusalOfOrigin } from '../oauth/public-origin.ts'
import { CREDENTIAL_EXTRAS, type CredentialChanges, type CredentialExtra } from '../platforms/credential.ts'
import { describeDidDocument } from '../platforms/did.ts'
import type { Strategy } from '../platforms/strategy.ts'
import { readPrivateJwk } from '../private-jwk.ts'
import type { ImportLine, MemberProblem } from './line-schema.ts'

const SECRETS = ['accessToken', 'refreshToken', 'appPassword', 'userAccessToken'] as const

/** What a kind of account cannot do without, beyond the access token. */
const NEEDED: readonly { readonly kind: string; readonly members: readonly CredentialExtra[] }[] = [
  { kind: 'oauth', members: ['did', 'issuer', 'dpopKey'] },
]

/** Says everything that is wrong with the credential of a line, beyond its shape. */
export function checkCredential(
  line: ImportLine,
  strategy: Strategy,
  rules: { allowPrivateNetwork: boolean },
): MemberProblem[] {
  const { credential } = line
  return [
    ...checkDates(line),
    ...checkSecrets(line),
    ...CREDENTIAL_EXTRAS.filter((name) => credential[name] != null && !strategy.members.includes(name)).map((name) => ({
      member: `credential.${name}`,
      problem: `is not used for this kind of ${line.platform} account`,
    })),
    ...checkNeeded(credential, strategy),
    ...checkBluesky(credential, strategy, rules),
  ]
}

/** Reads the members that belong to single kinds, as they are kept. */
export function readExtras(credential: ImportLine['credential']): CredentialChanges {
  const { userAccessToken, userTokenExpiresAt, pdsUrl, did, appPassword, issuer, dpopKey } = credential
  const key = readPrivateJwk(dpopKey)
  return {
    ...(userAccessToken == null ? {} : { userAccessToken }),
    ...(userTokenExpiresAt == null ? {} : { userTokenExpiresAt: new Date(userTokenExpiresAt).toISOString() }),
    ...(pdsUrl == null ? {} : { pdsUrl: new URL(pdsUrl).origin }),
    ...(did == null ? {} : { did }),
    ...(appPassword == null ? {} : { appPassword }),
    ...(issuer == null ? {} : { issuer: new URL(issuer).origin }),
    ...(key === null ? {} : { dpopKey: key }),
  }
}

function checkDates({ credential, tokenExpiresAt }: ImportLine): MemberProblem[] {
  const { issuedAt } = credential
  const isReversed = issuedAt != null && tokenExpiresAt != null && new Date(issuedAt) >= new Date(tokenExpiresAt)
  return isReversed ? [{ member: 'credential.issuedAt', problem: 'must be before tokenExpiresAt' }] : []
}

function checkSecrets(line: ImportLine): MemberProblem[] {
  const { credential } = line
  const key = readPrivateJwk(credential.dpopKey)
  const secrets = [...SECRETS.map((name) => [name, credential[name]] as const), ['dpopKey', key?.d] as const]
  const malformed = SECRETS.filter((name) => credential[name] != null && !/^[\x21-\x7e]+$/.test(credential[name]))
  return [
    ...malformed.map((name) => ({
      member: `credential.${name}`,
      problem: 'holds white space or characters that no token has',
    })),
    ...Object.entries(line).flatMap(([member, value]) =>
      secrets
        .filter(([, secret]) => member !== 'credential' && secret != null && shows(value, secret))
        .map(([name]) => ({ member, problem: `holds the ${name}` })),
    ),
  ]
}

/** What is shorter is no secret, and stands in many texts by chance. */
const SHORTEST_SECRET = 8

/** Whether a member that the list shows holds a secret, as it is or as a part of an address. */
function shows(value: unknown, secret: string): boolean {
  const visible = JSON.stringify(value)
  const inAddress = encodeURIComponent(secret.toWellFormed())
  return secret.length >= SHORTEST_SECRET && [secret, inAddress].some((text) => visible.includes(text))
}

function checkNeeded(credential: ImportLine['credential'], strategy: Strategy): MemberProblem[] {
  const needed = NEEDED.find(({ kind }) => kind === strategy.kind)?.members ?? []
  return needed
    .filter((name) => credential[name] == null)
    .map((name) => ({ member: `credential.${name}`, problem: 'is missing' }))
}

function checkBluesky(
  { pdsUrl, did, issuer, dpopKey }: ImportLine['credential'],
  { platform, members }: Strategy,
  { allowPrivateNetwork }: { allowPrivateNetwork: boolean },
): MemberProblem[] {
  if (platform !== 'BLUESKY') return []
  const problems: MemberProblem[] = []
  const complain = (member: string, problem: string) => problems.push({ member, problem })
  if (members.includes('pdsUrl') && pdsUrl == null && did == null) complain('credential', 'needs did or pdsUrl')
  if (did != null && describeDidDocument(did, '') === null) complain('credential.did', 'must be a did:plc or did:web')
  for (const [name, url] of Object.entries({ pdsUrl, issuer })) {
    const refusal = url == null ? null : refusalOfServer(url, allowPrivateNetwork)
    if (refusal !== null) complain(`credential.${name}`, refusal)
  }
  if (dpopKey != null && readPrivateJwk(dpopKey) === null) {
    complain('credential.dpopKey', 'must be a private JWK on the curve P-256, with the members kty, crv, x, y and d')
  }
  return problems
}

function refusalOfServer(server: string, allowPrivateNetwork: boolean): string | null {
  const url = URL.parse(server)
  if (url === null || url.origin === 'null') return 'is not an address like https://bsky.social'
  if (url.pathname !== '/' || url.search !== '') return 'must be a server without a path'
  return allowPrivateNetwork ? null : refusalOfOrigin(server)
}
