// The package's entry. It runs on Node 20 too, where `using`, AsyncDisposableStack and some newer functions are missing:
// `npm run build` takes care of the syntax, and what is imported from here uses none of the rest.
import { isDatabaseAway } from '../database/away.ts'
import { openDatabase } from '../database/connect.ts'
import { readTokenState } from '../database/token-state.ts'
import { openLog } from '../log.ts'
import { openQueues } from '../queue/queues.ts'
import { openVault } from '../vault.ts'
import { openFlights, withDeadline } from './flights.ts'
import { freshToken, LONGEST_WAIT_MS, openToken, replaceRejected, type TokenContext } from './fresh-token.ts'
import { isGoodEnough, requireActive } from './judge.ts'
import { ReconnectRequired, TemporarilyUnavailable } from './token-errors.ts'
import { readTokenOptions, type TokenOptions } from './token-options.ts'

export { ReconnectRequired, TemporarilyUnavailable, type TokenOptions }

export interface TokenWish {
  /** How long the token has to be valid from now; 60,000 where it is not given. */
  readonly minValidMs?: number
  /** How long a refresh is waited for; 30,000 where it is not given, and never more. */
  readonly timeoutMs?: number
}

/** Access tokens of connected accounts, for whoever publishes with them. */
export interface Tokens {
  /**
   * The stored access token when it is valid for long enough, otherwise a fresh one that the daemons get on demand. Calls
   * for the same account share one refresh, in this process and in all others. A token with more than nine tenths of its
   * life left is taken for fresh, also when `minValidMs` is longer than it lives.
   *
   * @throws {ReconnectRequired} only the owner can help
   * @throws {TemporarilyUnavailable} later there may be a token
   */
  getAccessToken(accountId: string, wish?: TokenWish): Promise<string>
  /**
   * Reports that a platform answered 401 to a token from here. Another token that is stored by now is the answer;
   * otherwise the account is refreshed, and if the platform calls its grant dead, the account becomes TOKEN_EXPIRED.
   *
   * @returns the token to try instead
   * @throws {ReconnectRequired} only the owner can help
   * @throws {TemporarilyUnavailable} later there may be a token
   */
  reportRejected(accountId: string, token: string, wish?: Pick<TokenWish, 'timeoutMs'>): Promise<string>
  /** Closes all connections. */
  close(): Promise<void>
}

const DATABASE_CONNECTIONS = 5
const QUERY_TIMEOUT_MS = 10_000
const MIN_VALID_MS = 60_000

/** Opens access to the tokens; nothing is connected before the first call. */
export function openTokens(options: TokenOptions): Tokens {
  const { databaseUrl, redisUrl, keys } = readTokenOptions(options)
  const log = openLog('silent')
  const connections = { connections: DATABASE_CONNECTIONS, queryTimeoutMs: QUERY_TIMEOUT_MS }
  const db = openDatabase(databaseUrl, { ...connections, name: 'tokens', log })
  const queues = openQueues({ redisUrl, databaseUrl, workers: 0, log })
  return {
    ...readThrough({ db, queues, vault: openVault(keys) }),
    async close() {
      await queues[Symbol.asyncDispose]()
      await db.end()
    },
  }
}

function readThrough(context: TokenContext): Omit<Tokens, 'close'> {
  const flights = openFlights<string>()
  const read = async (accountId: string) =>
    requireActive(accountId, await readTokenState(context.db, accountId, { endedSince: null }))

  const get = async (accountId: string, { minValidMs = MIN_VALID_MS, timeoutMs = LONGEST_WAIT_MS }: TokenWish) => {
    const state = await read(accountId)
    if (isGoodEnough(state, minValidMs)) return openToken(context, accountId, state)
    const flight = flights.join(accountId, () => freshToken(context, accountId, state))
    return withDeadline(flight, { accountId, timeoutMs })
  }

  const report = async (accountId: string, token: string, { timeoutMs = LONGEST_WAIT_MS }: TokenWish) => {
    const state = await read(accountId)
    if (openToken(context, accountId, state) !== token) return get(accountId, { timeoutMs, minValidMs: 0 })
    const flight = flights.join(`rejected ${accountId}`, () => replaceRejected(context, accountId, state))
    return withDeadline(flight, { accountId, timeoutMs })
  }

  return {
    getAccessToken: (accountId, wish = {}) => nameTheDatabase(accountId, get(accountId, wish)),
    reportRejected: (accountId, token, wish = {}) => nameTheDatabase(accountId, report(accountId, token, wish)),
  }
}

/** A database that is away is no bug of the caller's. */
async function nameTheDatabase<T>(accountId: string, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (cause) {
    if (!isDatabaseAway(cause)) throw cause
    throw new TemporarilyUnavailable(accountId, { reason: 'database', message: 'The database does not answer.', cause })
  }
}
