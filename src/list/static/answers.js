/**
 * What the API answers, as `/openapi.json` describes it.
 *
 * @typedef {'reconnect_required' | 'paused' | 'retrying' | 'expiring' | 'ok'} Health
 * @typedef {Record<Health, number>} Totals
 *
 * @typedef {{ ended: number, hours: number[], days: number[], later: number, never: number }} Spread
 *
 * @typedef {object} PlatformOverview
 * @property {string} platform
 * @property {Totals} totals
 * @property {string | null} pausedSince
 * @property {string | null} pausedUntil
 * @property {{ renewing: Spread, ending: Spread }} expiries
 *
 * @typedef {{ accounts: number, lastScanAt: string | null, platforms: PlatformOverview[] }} Overview
 *
 * @typedef {object} AccountHealth
 * @property {string} accountId
 * @property {string} workspaceId
 * @property {string} platform
 * @property {string} handle
 * @property {string} status
 * @property {Health} health
 * @property {string | null} since
 * @property {number} consecutiveFailures
 * @property {string | null} nextAttemptAt
 * @property {string | null} reconnectBy
 * @property {string | null} tokenExpiresAt
 * @property {string | null} lastRefreshError
 *
 * @typedef {{ totals: Totals, accounts: AccountHealth[], nextCursor: string | null }} HealthPage
 *
 * @typedef {object} Account
 * @property {string} id
 * @property {string} workspaceId
 * @property {string} platform
 * @property {string} handle
 * @property {string | null} displayName
 * @property {string} status
 * @property {string} connectedAt
 * @property {string | null} lastRefreshedAt
 * @property {string | null} tokenExpiresAt
 * @property {string | null} lastRefreshAttemptAt
 * @property {string | null} lastRefreshError
 *
 * @typedef {object} Attempt
 * @property {string} id
 * @property {string} trigger
 * @property {string} startedAt
 * @property {string | null} finishedAt
 * @property {string | null} outcome
 * @property {number | null} httpStatus
 * @property {string | null} errorCode
 * @property {string | null} error
 * @property {string | null} newTokenExpiresAt
 * @property {boolean} lostRotation
 *
 * @typedef {{ attempts: Attempt[], nextCursor: string | null }} AttemptsPage
 */

const HEALTHS = ['reconnect_required', 'paused', 'retrying', 'expiring', 'ok']

/** The totals of several platforms together. @param {readonly PlatformOverview[]} platforms @returns {Totals} */
export function addTotals(platforms) {
  const sum = (/** @type {string} */ name) =>
    platforms.reduce((total, { totals }) => total + totals[/** @type {Health} */ (name)], 0)
  return /** @type {Totals} */ (Object.fromEntries(HEALTHS.map((name) => [name, sum(name)])))
}

/** The spreads of several platforms together. @param {readonly Spread[]} spreads @returns {Spread} */
export function addSpreads(spreads) {
  const sum = (/** @type {'ended' | 'later' | 'never'} */ name) =>
    spreads.reduce((total, spread) => total + spread[name], 0)
  const columns = (/** @type {'hours' | 'days'} */ name) =>
    (spreads[0]?.[name] ?? []).map((_, at) => spreads.reduce((total, spread) => total + (spread[name][at] ?? 0), 0))
  return {
    ended: sum('ended'),
    hours: columns('hours'),
    days: columns('days'),
    later: sum('later'),
    never: sum('never'),
  }
}

/** @param {Totals} totals */
export const countOf = (totals) => HEALTHS.reduce((sum, name) => sum + totals[/** @type {Health} */ (name)], 0)
