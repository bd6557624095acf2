/** @import { Health } from './answers.js' */

/** How an account can stand, the worst first, in the page's words. */
export const HEALTHS = /** @type {const} */ (['reconnect_required', 'paused', 'retrying', 'expiring', 'ok'])

/** @type {Record<Health, { label: string, meaning: string }>} */
export const HEALTH_WORDS = {
  reconnect_required: { label: 'Reconnect', meaning: 'The grant is dead. The owner has to connect the account again.' },
  paused: { label: 'Paused', meaning: 'The platform is left alone for the moment. Nothing to do for owners.' },
  retrying: { label: 'Retrying', meaning: 'The last try failed, or the token ended first. Tried again by itself.' },
  expiring: { label: 'Ends soon', meaning: 'The grant ends within 14 days, whatever we do. Ask the owner now.' },
  ok: { label: 'Fresh', meaning: 'The token works and is renewed in time.' },
}

/** @type {Record<string, string>} */
const PLATFORM_NAMES = {
  INSTAGRAM: 'Instagram',
  FACEBOOK_PAGE: 'Facebook Page',
  X: 'X',
  LINKEDIN_PERSON: 'LinkedIn person',
  LINKEDIN_COMPANY: 'LinkedIn company',
  TIKTOK_BUSINESS: 'TikTok Business',
  TIKTOK_PERSONAL: 'TikTok personal',
  YOUTUBE: 'YouTube',
  PINTEREST: 'Pinterest',
  THREADS: 'Threads',
  BLUESKY: 'Bluesky',
}

/** @param {string} platform one of a newer version is shown as it is */
export const nameOf = (platform) => PLATFORM_NAMES[platform] ?? platform

/** @type {Record<string, string>} */
const OUTCOMES = {
  renewed: 'Renewed',
  healthy: 'Checked, works',
  token_expired: 'Grant is dead',
  revoked: 'Withdrawn',
  rate_limited: 'Asked to slow down',
  transient: 'Failed, tried again',
  in_doubt: 'No answer, in doubt',
  app_misconfigured: 'Our app was refused',
  unknown: 'Unknown answer',
  not_yet_refreshable: 'Too early',
  superseded: 'Overtaken',
}

/** @param {string | null} outcome null: not there yet */
export const outcomeOf = (outcome) => (outcome === null ? 'Under way' : (OUTCOMES[outcome] ?? outcome))

/** @param {string | null} outcome */
export const isGood = (outcome) => outcome === 'renewed' || outcome === 'healthy'

/** @type {Record<string, string>} */
const TRIGGERS = { schedule: 'on schedule', operator: 'by an operator', on_demand: 'on demand' }

/** @param {string} trigger */
export const triggerOf = (trigger) => TRIGGERS[trigger] ?? trigger

const numbers = new Intl.NumberFormat('en')

/** @param {number} value */
export const number = (value) => numbers.format(value)

/** @param {number} count @param {string} one @param {string} many */
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`

/** Rounded so that it says 100 % only when it is.
 * @param {number} part @param {number} whole */
export function percent(part, whole) {
  if (part === 0 || part === whole) return part === 0 && whole > 0 ? '0' : '100'
  const tenths = Math.floor((part / whole) * 1000) / 10
  return tenths >= 99 || tenths < 10 ? tenths.toFixed(1) : String(Math.floor(tenths))
}
