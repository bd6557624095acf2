/** Where Redis is, and how to get to it: what `REDIS_URL` says. */
export interface RedisAddress {
  /** Of a sentinel, the hosts are sentinels, which know where the master is. */
  readonly kind: 'server' | 'cluster' | 'sentinel'
  readonly hosts: readonly RedisHost[]
  /** Of a server, for ioredis, which knows more parameters than we do. */
  readonly url: string
  readonly username: string | null
  readonly password: string | null
  readonly database: number
  /** The name that the sentinels know the master by. */
  readonly master: string
  /** What the sentinels themselves ask for. */
  readonly sentinelUsername: string | null
  readonly sentinelPassword: string | null
  /** Paths of PEM files; null: no TLS. */
  readonly tls: TlsFiles | null
}

export interface RedisHost {
  readonly host: string
  readonly port: number
}

/** The names of libpq, so that they are the same for PostgreSQL and for Redis. */
export interface TlsFiles {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
}

export type ReadRedisAddress =
  | { readonly kind: 'good'; readonly address: RedisAddress }
  | { readonly kind: 'bad'; readonly problem: string }

const FORM = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^/?#]*)@)?([^@/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/
const NO_ADDRESS =
  'must be an address that starts with redis:// or rediss://, or with redis+cluster:// or redis+sentinel:// (rediss+… for TLS)'
const TLS_PARAMETERS = ['sslrootcert', 'sslcert', 'sslkey']
const SENTINEL_PARAMETERS = ['sentinelUsername', 'sentinelPassword']
const PORTS = { server: 6379, cluster: 6379, sentinel: 26_379 } as const

/** Reads an address; what is said of a bad one holds nothing of it, because it may hold a password. */
export function readRedisAddress(text: string): ReadRedisAddress {
  const form = FORM.exec(text)
  if (form === null) return bad(NO_ADDRESS)
  const [, secure, topology, login = '', authority = '', path = '', query = ''] = form
  const kind = (topology ?? 'server') as RedisAddress['kind']
  const hosts = authority.split(',').map((host) => readHost(host.trim(), PORTS[kind]))
  const known = hosts.filter((host) => host !== null)
  if (known.length < hosts.length) return bad('names a host that is none: they are host:port, separated by commas')
  const parameters = new URLSearchParams(query)
  const given = (name: string) => parameters.get(name) || null
  const [master = '', database = ''] = kind === 'sentinel' ? path.slice(1).split('/') : ['', path.slice(1)]
  const problem =
    (kind === 'server' && hosts.length === 1 && !URL.canParse(text) ? NO_ADDRESS : null) ??
    findProblem(kind, { hosts: hosts.length, master, database }) ??
    findUnknown(kind, [...parameters.keys()], !!secure)
  const [username, password, name] = [...splitLogin(login), master].map(decode)
  if (problem !== null || username === undefined || password === undefined || name === undefined)
    return bad(problem ?? 'has a % that is none: write % as %25')
  const tls = secure ? { ca: given('sslrootcert'), cert: given('sslcert'), key: given('sslkey') } : null
  return {
    kind: 'good',
    address: {
      ...{ kind, hosts: known, url: kind === 'server' ? withoutTlsFiles(text) : text, username, password, tls },
      ...{ database: Number(database), master: name ?? '' },
      ...{ sentinelUsername: given('sentinelUsername'), sentinelPassword: given('sentinelPassword') },
    },
  }
}

function withoutTlsFiles(text: string): string {
  const url = new URL(text)
  for (const name of TLS_PARAMETERS) url.searchParams.delete(name)
  return url.href
}

const bad = (problem: string): ReadRedisAddress => ({ kind: 'bad', problem })

function findProblem(kind: RedisAddress['kind'], given: { hosts: number; master: string; database: string }) {
  if (kind === 'server' && given.hosts > 1)
    return 'names several hosts: say with redis+cluster:// that they are nodes, or with redis+sentinel:// that they are sentinels'
  if (kind === 'sentinel' && given.master === '')
    return 'names no master: write it behind the sentinels, as redis+sentinel://host:26379/NAME'
  if (!/^\d*$/.test(given.database)) return 'has a database that is no number'
  if (kind === 'cluster' && Number(given.database) > 0)
    return 'names a database, which a cluster does not have: leave out what follows the hosts'
  return null
}

/** A server's own go to ioredis, which has many. */
function findUnknown(kind: RedisAddress['kind'], names: readonly string[], secure: boolean): string | null {
  if (!secure && names.some((name) => TLS_PARAMETERS.includes(name)))
    return `has ${TLS_PARAMETERS.join(', ')} without TLS: start it with rediss`
  if (kind === 'server') return null
  const known = kind === 'sentinel' ? [...TLS_PARAMETERS, ...SENTINEL_PARAMETERS] : TLS_PARAMETERS
  return names.every((name) => known.includes(name)) ? null : `has a parameter that is none of ${known.join(', ')}`
}

function readHost(text: string, defaultPort: number): RedisHost | null {
  // This file is part of the package for Node 20, which has no URL.parse.
  const url = text !== '' && URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : null
  if (url === null || url.hostname === '') return null
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? defaultPort : Number(url.port) }
}

function splitLogin(login: string): [string, string] {
  const colon = login.indexOf(':')
  return colon === -1 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)]
}

/** Undefined: it cannot be decoded; null: there is nothing. */
function decode(part: string): string | null | undefined {
  try {
    return decodeURIComponent(part) || null
  } catch {
    return undefined
  }
}
