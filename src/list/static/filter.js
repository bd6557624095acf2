/**
 * What is looked at. It lives in the address after the `#`, so that going back and sending a link work; the key does not.
 *
 * @typedef {object} Filter
 * @property {string} health a health, `attention` or `all`
 * @property {string | null} platform
 * @property {string | null} workspaceId
 * @property {string | null} accountId whose history is open
 */

/** @returns {Filter} */
export function readFilter() {
  const parameters = new URLSearchParams(location.hash.slice(1))
  return {
    health: parameters.get('health') || 'attention',
    platform: parameters.get('platform') || null,
    workspaceId: parameters.get('workspace') || null,
    accountId: parameters.get('account') || null,
  }
}

/** Looks at something else. @param {Partial<Filter>} change */
export function changeFilter(change) {
  const { health, platform, workspaceId, accountId } = { ...readFilter(), ...change }
  const parameters = new URLSearchParams()
  if (health !== 'attention') parameters.set('health', health)
  if (platform !== null) parameters.set('platform', platform)
  if (workspaceId !== null) parameters.set('workspace', workspaceId)
  if (accountId !== null) parameters.set('account', accountId)
  location.hash = parameters.toString()
}

/** The parameters of the list of accounts. @param {Filter} filter @param {string | undefined} cursor @param {number} limit */
export function toQuery({ health, platform, workspaceId }, cursor, limit) {
  const query = new URLSearchParams({ limit: String(limit) })
  if (health === 'attention') query.set('attention', 'true')
  else if (health !== 'all') query.set('health', health)
  if (platform !== null) query.set('platform', platform)
  if (workspaceId !== null) query.set('workspaceId', workspaceId)
  if (cursor !== undefined) query.set('cursor', cursor)
  return query
}
