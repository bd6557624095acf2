import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'

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

/**
 * Connects to hosts that accounts supply: https only, and only to a public address. The address is checked in the
 * look-up that the connection itself makes, and once more on the connected socket, so that a name which changes its
 * address between two look-ups gains nothing.
 */
export function guardedConnector(
  options: buildConnector.BuildOptions,
  resolve: Lookup = lookup,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: publicOnly(resolve) } as buildConnector.BuildOptions)
  return (target, callback) => {
    // A literal address never reaches the look-up.
    const refusal = refusalOfOrigin(`${target.protocol}//${target.host ?? target.hostname}`)
    if (refusal !== null) {
      callback(new HostNotAllowedError(`the host ${refusal}`), null)
      return
    }
    connect(target, (error, socket) => {
      if (error !== null) return callback(error, null)
      if (isPublicAddress(socket.remoteAddress ?? '')) return callback(null, socket)
      socket.destroy()
      return callback(new HostNotAllowedError('the host is not on the public internet'), null)
    })
  }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void
type Lookup = (hostname: string, options: LookupOptions, callback: LookupCallback) => void

function publicOnly(resolve: Lookup): Lookup {
  return (hostname, options, callback) => {
    resolve(hostname, options, (error, address, family) => {
      if (error !== null) return callback(error, address, family)
      const addresses = Array.isArray(address) ? address.map((found) => found.address) : [address]
      // All of them: the connection may try any.
      if (addresses.every(isPublicAddress)) return callback(null, address, family)
      return callback(new HostNotAllowedError('the host is not on the public internet'), address, family)
    })
  }
}

/** Names that only mean something inside a network. */
function isLocalName(host: string): boolean {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.')
  const last = labels.at(-1) ?? ''
  return labels.length < 2 || ['localhost', 'local', 'internal', 'test', 'invalid', 'example'].includes(last)
}
