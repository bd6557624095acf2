import type { Answer, HttpRequest } from '../oauth/request.ts'
import { readRetryHintMs } from '../oauth/retry-hint.ts'
import { asObject, asText } from '../untrusted-json.ts'
import { ask } from './ask.ts'
import { describeDidDocument, readPdsUrl } from './did.ts'
import { readFallback } from './fallback.ts'
import type { NextExchange, Reading, Subject } from './strategy.ts'

/** Where the account lives now. */
export interface Home {
  readonly pdsUrl: string
  readonly tokenEndpoint: string
}

/** Whose grant we hold. */
export interface Holder {
  readonly did: string
  /** The origin of the authorization server that made the grant. */
  readonly issuer: string
}

type Found = (home: Home) => NextExchange

/** The first of the look-ups that lead from a DID to the token endpoint. Nothing secret is in any of them. */
export function describeHome(did: string, plcUrl: string): HttpRequest {
  const request = describeDidDocument(did, plcUrl)
  if (request === null) throw new Error('an account with a DID that cannot be looked up was imported')
  return request
}

/**
 * Follows the look-ups from the answer to the first one: document of the DID, the account's server, its authorization
 * server, the token endpoint.
 *
 * Made before every refresh, because any of them may move. An account whose server names another authorization server
 * than the one that made our grant has moved there, and its owner has to connect it again; only a well-formed answer
 * says that, never one that failed.
 *
 * @see {@link https://atproto.com/specs/oauth#authorization-servers}
 */
export function readHome(answer: Answer, subject: Subject, holder: Holder, found: Found): Reading | NextExchange {
  const pdsUrl = readPdsUrl(answer.json, holder.did)
  if (answer.status !== 200 || pdsUrl === null) return failed(answer, subject, 'did_not_resolved')
  const resource = lookUp(`${pdsUrl}/.well-known/oauth-protected-resource`)
  return ask(resource, (described) => {
    const issuer = readIssuer(described, pdsUrl)
    if (issuer === null) return failed(described, subject, 'no_authorization_server')
    if (issuer !== holder.issuer) return { kind: 'token_expired', code: 'account_moved' }
    const server = lookUp(`${issuer}/.well-known/oauth-authorization-server`)
    return ask(server, (metadata) => {
      const tokenEndpoint = readTokenEndpoint(metadata, issuer)
      if (tokenEndpoint === null) return failed(metadata, subject, 'no_token_endpoint')
      return found({ pdsUrl, tokenEndpoint })
    })
  })
}

const lookUp = (url: string): HttpRequest => ({
  method: 'GET',
  url,
  headers: { accept: 'application/json' },
  hostFrom: 'account',
  spendsToken: false,
})

/** Nothing was sent that matters: we look again later. */
function failed(answer: Answer, { now }: Subject, code: string): Reading {
  if (answer.status === 429) {
    const retryAfterMs = readRetryHintMs(answer, 'ratelimit-reset', now)
    return { kind: 'rate_limited', code: 'HTTP 429', scope: 'account', retryAfterMs }
  }
  return readFallback({ ...answer, json: undefined }, code)
}

/** Of the server's one authorization server; null when the answer does not name exactly one. @see rfc9728#section-3.2 */
function readIssuer({ status, json }: Answer, pdsUrl: string): string | null {
  const { resource, authorization_servers: servers } = asObject(json)
  if (status !== 200 || originOf(resource) !== pdsUrl || !Array.isArray(servers) || servers.length !== 1) return null
  return originOf(servers[0])
}

/** @see rfc8414#section-3.3 */
function readTokenEndpoint({ status, json }: Answer, issuer: string): string | null {
  const metadata = asObject(json)
  if (status !== 200 || originOf(metadata.issuer) !== issuer) return null
  const endpoint = URL.parse(asText(metadata.token_endpoint))
  return endpoint !== null && isServer(endpoint) ? endpoint.href : null
}

/** The origin of an address that is nothing but an origin; null when it is something else. */
function originOf(value: unknown): string | null {
  const url = URL.parse(asText(value))
  return url !== null && isServer(url) && url.pathname === '/' && url.search === '' ? url.origin : null
}

/** Whether such a host may be connected to is decided where the connection is made. */
const isServer = ({ protocol, username, password, hash }: URL) =>
  /^https?:$/.test(protocol) && username === '' && password === '' && hash === ''
