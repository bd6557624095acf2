import { type MasterKey, readMasterKeys } from '../master-key.ts'
import { readRedisAddress } from '../redis-address.ts'

/** Where the tokens are: the same as the daemons' settings, given one by one or as an environment. */
export type TokenOptions =
  | {
      /** `DATABASE_URL` of the daemons. */
      readonly databaseUrl: string
      /** `TOKEN_ENCRYPTION_KEYS` of the daemons. */
      readonly encryptionKeys: string
      /** `REDIS_URL` of the daemons; none where their queue lives in PostgreSQL. */
      readonly redisUrl?: string | null
    }
  | { readonly env: Readonly<Record<string, string | undefined>> }

export interface ReadTokenOptions {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly keys: readonly [MasterKey, ...MasterKey[]]
}

/** Checks the options. The message of an error names every problem and holds no secret. */
export function readTokenOptions(options: TokenOptions): ReadTokenOptions {
  const given = 'env' in options ? fromEnvironment(options.env) : options
  const databaseUrl = given.databaseUrl?.trim() ?? ''
  const redisUrl = given.redisUrl?.trim() || null
  const { keys, problems } = readMasterKeys(given.encryptionKeys?.trim() ?? '')
  const wrong = [
    ...(/^postgres(ql)?:\/\//.test(databaseUrl) ? [] : ['databaseUrl (DATABASE_URL) must be a postgres:// address']),
    ...findRedisProblem(redisUrl),
    ...problems.map((problem) => `encryptionKeys (TOKEN_ENCRYPTION_KEYS) ${problem}`),
  ]
  const [first, ...rest] = keys
  if (first === undefined || wrong.length > 0) throw new TypeError(`openTokens: ${wrong.join('; ')}`)
  return { databaseUrl, redisUrl, keys: [first, ...rest] }
}

function findRedisProblem(redisUrl: string | null): string[] {
  const read = redisUrl === null ? null : readRedisAddress(redisUrl)
  return read?.kind === 'bad' ? [`redisUrl (REDIS_URL) ${read.problem}`] : []
}

const fromEnvironment = ({
  DATABASE_URL,
  TOKEN_ENCRYPTION_KEYS,
  REDIS_URL,
}: Readonly<Record<string, string | undefined>>) => ({
  databaseUrl: DATABASE_URL,
  encryptionKeys: TOKEN_ENCRYPTION_KEYS,
  redisUrl: REDIS_URL,
})
