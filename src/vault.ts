import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { MasterKey } from './master-key.ts'
import { openSigning, type Signing } from './signature.ts'

/** What a sealed value is bound to: it opens for this account and this version only. */
export interface SealedFor {
  readonly accountId: string
  readonly version: number
}

export type Opened =
  | { readonly kind: 'opened'; readonly content: unknown }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason }

export type UnreadableReason = 'malformed' | 'unknown_key' | 'wrong_account' | 'wrong_version' | 'tampered'

/** The key behind the fingerprints of one master key, itself sealed by the first. */
export interface SealedFingerprintKey {
  readonly kid: string
  readonly sealed: string
}

export interface Vault extends Signing {
  /** Names of the keys; the first seals. */
  readonly kids: readonly [string, ...string[]]
  /** Seals content with the first key. */
  seal(content: unknown, purpose: SealedFor): string
  /**
   * Does of sealing what can be done before the content is there, for when every moment after that counts.
   *
   * @returns how to seal it, once
   */
  prepareSeal(purpose: SealedFor): (content: unknown) => string
  /** Opens a value that any of the keys sealed, and only for the account and version it was sealed for. */
  open(sealed: string, purpose: SealedFor): Opened
  /**
   * Keyed hashes of a token, one per key and the first key's first: the first is stored, and all of them are compared,
   * so that a token is recognised after a new key was put in front.
   */
  fingerprints(token: string): readonly [string, ...string[]]
  /** Seals what has to outlive the keys behind the first, so that fingerprints of theirs can still be compared. */
  sealFingerprintKeys(): SealedFingerprintKey[]
  /** The same vault, which also knows fingerprints of keys that are gone. What does not open is left out. */
  recognising(retired: readonly SealedFingerprintKey[]): Vault
}

const ALGORITHM = 'aes-256-gcm'
const INITIALISATION_VECTOR_BYTES = 12
const TAG_BYTES = 16

/**
 * Makes the vault that seals credentials.
 *
 * A sealed value is a compact JWE (`alg` dir, `enc` A256GCM) whose protected header names the master key (`kid`), the
 * account (`sub`) and the credential's version (`ver`). The header is authenticated, so a value moved to another row or
 * rolled back to an older version does not open. The content key is HKDF-SHA256 of the master key with the account id:
 * each key encrypts one account's few thousand values and stays far from the limit of random nonces (2^32).
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7516#section-7.1}
 */
export function openVault(keys: readonly [MasterKey, ...MasterKey[]]): Vault {
  const secrets = keys.map(({ key }) => createSecretKey(key))
  const byKid = new Map(keys.map(({ kid }, at) => [kid, secrets[at]]))
  const fingerprintKeys = keys.map(({ kid, key }) => {
    return { kid, key: createSecretKey(derive(createSecretKey(key), 'token-refresh-worker fingerprint')) }
  })

  const signing = openSigning(
    keys.map(({ kid, key }) => ({
      kid,
      key: createSecretKey(derive(createSecretKey(key), 'token-refresh-worker signature')),
    })),
  )

  const sealing: Sealing = {
    ...signing,
    kids: keys.map(({ kid }) => kid) as [string],

    seal: (content, purpose) => sealing.prepareSeal(purpose)(content),

    prepareSeal({ accountId, version }) {
      const [{ kid }] = keys
      const [key] = secrets
      if (key === undefined) throw new Error('a vault has a key')
      const header = encode(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid, sub: accountId, ver: version }))
      const iv = randomBytes(INITIALISATION_VECTOR_BYTES)
      const cipher = createCipheriv(ALGORITHM, contentKey(key, accountId), iv).setAAD(Buffer.from(header, 'ascii'))
      return (content) => {
        const ciphertext = Buffer.concat([cipher.update(JSON.stringify(content), 'utf8'), cipher.final()])
        return [header, '', encode(iv), encode(ciphertext), encode(cipher.getAuthTag())].join('.')
      }
    },

    open(sealed, { accountId, version }) {
      const parts = sealed.split('.')
      const [header, encryptedKey, iv, ciphertext, tag] = parts
      const claims = header === undefined ? null : readHeader(header)
      if (claims === null || parts.length !== 5 || encryptedKey !== '' || !header || !iv || !ciphertext || !tag) {
        return { kind: 'unreadable', reason: 'malformed' }
      }
      if (claims.sub !== accountId) return { kind: 'unreadable', reason: 'wrong_account' }
      if (claims.ver !== version) return { kind: 'unreadable', reason: 'wrong_version' }
      const key = byKid.get(claims.kid)
      if (key === undefined) return { kind: 'unreadable', reason: 'unknown_key' }
      return decrypt(contentKey(key, accountId), { header, iv, ciphertext, tag })
    },
  }
  return withFingerprints(sealing, fingerprintKeys)
}

type Sealing = Pick<Vault, 'kids' | 'seal' | 'prepareSeal' | 'open' | keyof Signing>

interface FingerprintKey {
  readonly kid: string
  readonly key: KeyObject
}

function withFingerprints(sealing: Sealing, known: readonly FingerprintKey[]): Vault {
  return {
    ...sealing,
    fingerprints: (token) =>
      known.map(({ key }) => encode(createHmac('sha256', key).update(token).digest())) as [string],
    sealFingerprintKeys: () =>
      known.slice(1).map(({ kid, key }) => ({
        kid,
        sealed: sealing.seal(key.export().toString('base64'), fingerprintKeyOf(kid)),
      })),
    recognising(retired) {
      const more = retired.flatMap(({ kid, sealed }) => {
        const opened = sealing.open(sealed, fingerprintKeyOf(kid))
        if (opened.kind !== 'opened' || known.some((key) => key.kid === kid)) return []
        return [{ kid, key: createSecretKey(Buffer.from(String(opened.content), 'base64')) }]
      })
      return withFingerprints(sealing, [...known, ...more])
    },
  }
}

/** What a sealed fingerprint key is bound to; no account has such an id. */
const fingerprintKeyOf = (kid: string): SealedFor => ({ accountId: `fingerprint-key|${kid}`, version: 1 })

function decrypt(key: KeyObject, parts: { header: string; iv: string; ciphertext: string; tag: string }): Opened {
  const iv = decode(parts.iv)
  const tag = decode(parts.tag)
  // A shorter tag would verify with fewer bits: GCM takes 4 bytes, one in four billion forgeries passes.
  if (iv.length !== INITIALISATION_VECTOR_BYTES || tag.length !== TAG_BYTES) {
    return { kind: 'unreadable', reason: 'malformed' }
  }
  try {
    const decipher = createDecipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(parts.header, 'ascii')).setAuthTag(tag)
    const content = Buffer.concat([decipher.update(decode(parts.ciphertext)), decipher.final()])
    return { kind: 'opened', content: JSON.parse(content.toString('utf8')) }
  } catch {
    // A wrong key, a changed header and a changed ciphertext cannot be told apart, by design of the mode.
    return { kind: 'unreadable', reason: 'tampered' }
  }
}

function readHeader(header: string): { kid: string; sub: string; ver: number } | null {
  try {
    const { alg, enc, kid, sub, ver } = JSON.parse(decode(header).toString('utf8'))
    const isOurs = alg === 'dir' && enc === 'A256GCM' && typeof kid === 'string'
    return isOurs && typeof sub === 'string' && typeof ver === 'number' ? { kid, sub, ver } : null
  } catch {
    return null
  }
}

// As a KeyObject: Node takes several times as long for a cipher whose key comes as bytes.
const contentKey = (master: KeyObject, accountId: string) =>
  createSecretKey(derive(master, `token-refresh-worker|${accountId}`))

const derive = (master: KeyObject, info: string) => Buffer.from(hkdfSync('sha256', master, '', info, 32))

const encode = (bytes: Buffer | string) => Buffer.from(bytes as string).toString('base64url')

const decode = (text: string) => Buffer.from(text, 'base64url')
