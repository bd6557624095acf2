/** @import { Account, AccountHealth, Attempt, Overview } from './answers.js' */
/** @import { Filter } from './filter.js' */

/**
 * How the page and the server get on.
 *
 * @typedef {{ kind: 'starting' | 'live' | 'offline' | 'hidden' } | { kind: 'limited' | 'away', untilMs: number }} Connection
 *
 * @typedef {object} Rows the accounts of one page of the list
 * @property {string} query what was asked for
 * @property {number} readAtMs
 * @property {number} tookMs how long reading them took
 * @property {boolean} isOutdated something has changed since
 * @property {AccountHealth[]} accounts
 * @property {string | null} nextCursor
 *
 * @typedef {object} History of the account that is open
 * @property {string} accountId
 * @property {Account | null} account
 * @property {Attempt[] | null} attempts
 * @property {string | null} nextCursor
 * @property {string | null} problem
 *
 * @typedef {object} State everything that the page shows, and nothing else is remembered
 * @property {string | null} key
 * @property {string | null} keyProblem
 * @property {Filter} filter
 * @property {string[]} cursors of the pages that lead to the one that is shown
 * @property {Connection} connection
 * @property {string | null} problem why what is looked at cannot be shown
 * @property {Overview | null} overview
 * @property {string | null} overviewPath what was asked for
 * @property {number} seenAtMs when the overview was last known to be true, by this machine's clock
 * @property {number} skewMs how far the server's clock is ahead of this machine's
 * @property {Rows | null} rows
 * @property {History | null} history
 */

/** @param {string | null} key @param {Filter} filter @returns {State} */
export const emptyState = (key, filter) => ({
  key,
  keyProblem: null,
  filter,
  cursors: [],
  connection: { kind: 'starting' },
  problem: null,
  overview: null,
  overviewPath: null,
  seenAtMs: 0,
  skewMs: 0,
  rows: null,
  history: null,
})

/** Now by the server's clock, as far as it is known. @param {State} state */
export const serverNowMs = ({ skewMs }) => Date.now() + skewMs
