import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A host that an account supplied and that we do not connect to. Nothing was sent to it. */
export class HostNotAllowedError extends Error {
  override readonly name = 'HostNotAllowedError'
  readonly code = 'HOST_NOT_ALLOWED'
}

/**
 * Whether an address is on the public internet: not private, loopback, link-local, multicast, reserved or unspecified,
 * also when such an IPv4 address is wrapped in an IPv6 one.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

/** Why an origin that an account supplied is refused before anything is looked up; null when it is not. */
export function refusalOfOrigin(origin: string): string | null {
  const url = URL.parse(origin)
  if (url === null) return 'is not an address'
  if (url.protocol !== 'https:') return 'must start with https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return isPublicAddress(host) ? null : 'is not on the public internet'
  return isLocalName(host) ? 'is not on the public internet' : null
}

/** Names that only mean something inside a network. */
function isLocalName(host: string): boolean {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.')
  const last = labels.at(-1) ?? ''
  return labels.length < 2 || ['localhost', 'local', 'internal', 'test', 'invalid', 'example'].includes(last)
}
