import { addTotals } from './answers.js'
import { counted, nameOf } from './words.js'

/** @import { Overview } from './answers.js' */

/** Says to who cannot see it what has changed and matters: an account that needs its owner, a pause, and their ends.
 * @param {Overview} before @param {Overview} after */
export function announceChanges(before, after) {
  const sentences = []
  const [was, is] = [addTotals(before.platforms).reconnect_required, addTotals(after.platforms).reconnect_required]
  if (is > was)
    sentences.push(`${counted(is - was, 'more account needs its owner', 'more accounts need their owners')}.`)
  if (is < was) sentences.push(`${counted(was - is, 'account has', 'accounts have')} been reconnected.`)
  const [retried, retries] = [addTotals(before.platforms).retrying, addTotals(after.platforms).retrying]
  if (retries > retried)
    sentences.push(`${counted(retries - retried, 'more account is', 'more accounts are')} being retried.`)
  for (const { platform, pausedSince } of after.platforms) {
    const known = before.platforms.find((one) => one.platform === platform)
    if (known === undefined || (known.pausedSince === null) === (pausedSince === null)) continue
    sentences.push(`${nameOf(platform)} ${pausedSince === null ? 'is no longer paused' : 'is paused'}.`)
  }
  if (sentences.length > 0) announce(sentences.join(' '))
}

/** @param {string} text */
export function announce(text) {
  const region = document.getElementById('announcements')
  if (region !== null) region.textContent = text
}
