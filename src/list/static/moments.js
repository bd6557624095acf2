const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Pauses that last until somebody ends them are kept as this year. */
const NO_END_YEAR = 9999

const exactly = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })

/** How long a time is, in its greatest unit; never broken between the two. @param {number} ms */
export function span(ms) {
  const length = Math.abs(ms)
  if (length < MINUTE) return `${Math.floor(length / SECOND)}\u00a0s`
  if (length < HOUR) return `${Math.floor(length / MINUTE)}\u00a0min`
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)}\u00a0h`
  return `${Math.floor(length / DAY)}\u00a0d`
}

/** A moment as seen from now. @param {string} moment @param {number} nowMs */
export function relative(moment, nowMs) {
  const ms = Date.parse(moment) - nowMs
  if (Math.abs(ms) < SECOND) return 'now'
  return ms > 0 ? `in\u00a0${span(ms)}` : `${span(ms)}\u00a0ago`
}

/** The same to the second, in the reader's time zone. @param {string} moment */
export const exact = (moment) => exactly.format(new Date(moment))

/** @param {string} moment */
export const isForEver = (moment) => new Date(moment).getUTCFullYear() >= NO_END_YEAR
