/**
 * What the owner of an account reads in `lastRefreshError`: our own words, never a platform's, and always whether
 * something has to be done.
 *
 * @param title the platform as its users know it
 */
export const sentences = {
  grantDead: (title: string) => `${title} no longer accepts the saved authorisation. Reconnect the account.`,
  grantDying: (title: string) =>
    `${title} no longer accepts the saved authorisation. The account works until its access token ends: reconnect it before then.`,
  revoked: (title: string) =>
    `The authorisation was withdrawn at ${title}, or the account is gone there. Reconnect the account.`,
  lostRotation: (title: string) =>
    `A new token from ${title} did not reach us, which is our fault and not the owner's. Reconnect the account.`,
  cannotRenew: 'The access token has ended and nothing can renew it. Reconnect the account.',
  rateLimited: (title: string) => `${title} asked us to slow down. We try again by ourselves; no reconnect is needed.`,
  transient: (title: string) =>
    `${title} could not be reached or gave no proper answer. We try again by ourselves; no reconnect is needed.`,
  inDoubt: (title: string) =>
    `The connection broke before ${title} had answered. We check the account again by ourselves; no reconnect is needed now.`,
  appMisconfigured: (title: string) =>
    `${title} refused our app, not this account. Our operators have been told; no reconnect is needed.`,
  manyEnded: (title: string) =>
    `${title} refused many accounts at once, so we take it for trouble of our app. Our operators have been told; no reconnect is needed now.`,
  unknown: (title: string) =>
    `${title} gave an answer that we do not know. Our operators have been told; no reconnect is needed now.`,
  unreadable:
    'The saved authorisation cannot be read on our side. Our operators have been told; no reconnect is needed now.',
}
