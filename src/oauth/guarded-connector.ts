import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { buildConnector } from 'undici'
import { HostNotAllowedError, isPublicAddress, refusalOfOrigin } from './public-origin.ts'

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
