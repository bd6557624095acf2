/** Headers of every answer: it is data, so a browser is to do nothing with it but hand it over. */
export const SAFE_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'interest-cohort=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** For answers that depend on the key: kept by the caller alone, and asked for again before each use. */
export const PRIVATE_HEADERS = {
  'cache-control': 'private, no-cache',
  vary: 'authorization, accept-encoding',
} as const
