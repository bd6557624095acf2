import type { HttpRequest } from '../oauth/request.ts'
import { asObject, asText } from '../untrusted-json.ts'

/**
 * Describes where the document of a DID is found: the directory for did:plc, the host itself for did:web.
 *
 * @returns null for any other DID
 * @see {@link https://atproto.com/specs/did}
 */
export function describeDidDocument(did: string, plcUrl: string): HttpRequest | null {
  const common = { method: 'GET', headers: { accept: 'application/json' }, spendsToken: false } as const
  if (/^did:plc:[a-z2-7]{24}$/.test(did)) return { ...common, url: `${plcUrl}/${did}`, hostFrom: 'platform' }
  const host = /^did:web:([a-zA-Z0-9.-]+(?:%3A\d+)?)$/.exec(did)?.[1]
  if (host === undefined) return null
  return { ...common, url: `https://${decodeURIComponent(host)}/.well-known/did.json`, hostFrom: 'account' }
}

/**
 * Reads the account's own server from the document of its DID.
 *
 * @param did null: whoever the document is about
 * @returns null when there is none in it, or when it is the document of somebody else
 */
export function readPdsUrl(document: unknown, did: string | null): string | null {
  const { id, service: services } = asObject(document)
  if (did !== null && id !== did) return null
  for (const service of Array.isArray(services) ? services.map(asObject) : []) {
    const isPds = asText(service.id).endsWith('#atproto_pds') && service.type === 'AtprotoPersonalDataServer'
    const url = isPds ? URL.parse(asText(service.serviceEndpoint)) : null
    if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url.origin
  }
  return null
}
