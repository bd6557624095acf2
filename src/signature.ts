import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'

/** What a signed value is bound to, as a sealed one is. */
interface SignedFor {
  readonly accountId: string
  readonly version: number
}

/** Signs what is no secret and must not be made up or moved by whoever can write to where it is kept. */
export interface Signing {
  /** Signs a text with the first key. */
  sign(text: string, purpose: SignedFor): string
  /** @returns the text; null when it is not what any of the keys signed for this account and version */
  readSigned(signed: string, purpose: SignedFor): string | null
}

/**
 * A signed value is a compact JWS (`alg` HS256) whose header names the key (`kid`), the account (`sub`) and the version
 * (`ver`). A fifth of the time that sealing takes, and short of what it is for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-7.1}
 */
export function openSigning(keys: readonly { readonly kid: string; readonly key: KeyObject }[]): Signing {
  const byKid = new Map(keys.map(({ kid, key }) => [kid, key]))
  return {
    sign(text, { accountId, version }) {
      const [first] = keys
      if (first === undefined) throw new Error('signing takes a key')
      const header = JSON.stringify({ alg: 'HS256', kid: first.kid, sub: accountId, ver: version })
      const body = `${encode(header)}.${encode(text)}`
      return `${body}.${mac(first.key, body).toString('base64url')}`
    },
    readSigned(signed, { accountId, version }) {
      const [header = '', text = '', signature = '', ...more] = signed.split('.')
      const claims = readHeader(header)
      const key = byKid.get(String(claims.kid))
      if (key === undefined || more.length > 0 || claims.alg !== 'HS256') return null
      if (claims.sub !== accountId || claims.ver !== version) return null
      const [given, own] = [Buffer.from(signature, 'base64url'), mac(key, `${header}.${text}`)]
      return given.length === own.length && timingSafeEqual(given, own) ? decode(text) : null
    },
  }
}

const mac = (key: KeyObject, body: string) => createHmac('sha256', key).update(body).digest()

const encode = (text: string) => Buffer.from(text).toString('base64url')

const decode = (encoded: string) => Buffer.from(encoded, 'base64url').toString()

function readHeader(header: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(decode(header)))
  } catch {
    return {}
  }
}
