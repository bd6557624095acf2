import type { PrivateJwk } from '../private-jwk.ts'

/**
 * One HTTP request, described and not yet sent.
 *
 * At most one of `form` and `json` is set. `url` is absolute and may hold a query; a token in it is as secret as one in
 * a header.
 */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  /**
   * Who chose the host. An account's owner can name any host, so those are connected to under the rules of
   * `public-origin.ts`.
   */
  readonly hostFrom: 'platform' | 'account'
  /** The request carries the refresh token: when it is sent and no answer comes, the token may be spent. */
  readonly spendsToken: boolean
  /** What has to be proved with keys; the signatures are made for each try anew, by `sign-request.ts`. */
  readonly proof?: Proof
}

export interface Proof {
  /** The key that the session is bound to. @see rfc9449 */
  readonly dpopKey: PrivateJwk
  /** How our app shows that it is the client; null for a public client. @see rfc7523#section-2.2 */
  readonly client: ClientProof | null
}

export interface ClientProof {
  readonly id: string
  /** The authorization server that the assertion is for. */
  readonly issuer: string
  readonly key: PrivateJwk
}

/** A whole answer. */
export interface Answer {
  readonly status: number
  /** Names in lower case; a repeated header holds its first value. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as JSON, undefined when it is something else. */
  readonly json: unknown
  /**
   * How a body begins that is no JSON; null when it is JSON. For the platforms that say something in a page: it is
   * compared with and goes no further, since nobody knows what else it holds.
   */
  readonly page: string | null
}

/** HTTP Basic authentication with both parts form-encoded first. @see rfc6749#section-2.3.1 */
export function basicAuthorization(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString('base64')}`
}

const formEncode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)
