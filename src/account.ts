/** The platforms of the public contract. Which of them can be refreshed, and how, is in `registry.ts`. */
export const PLATFORMS = [
  'INSTAGRAM',
  'FACEBOOK_PAGE',
  'X',
  'LINKEDIN_PERSON',
  'LINKEDIN_COMPANY',
  'TIKTOK_BUSINESS',
  'TIKTOK_PERSONAL',
  'YOUTUBE',
  'PINTEREST',
  'THREADS',
  'BLUESKY',
] as const
export type Platform = (typeof PLATFORMS)[number]

/** States of an account in the public contract. */
export const ACCOUNT_STATUSES = ['ACTIVE', 'TOKEN_EXPIRED', 'REVOKED', 'DISCONNECTED'] as const
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number]

/** Why an account is refreshed now. */
export const TRIGGERS = ['schedule', 'operator', 'on_demand'] as const
export type Trigger = (typeof TRIGGERS)[number]
