/** The ends that a grant can have besides the one of its access token. */
export interface GrantEnds {
  readonly refreshTokenExpiresAt: Date | null
  readonly dataAccessExpiresAt: Date | null
}

/**
 * When a grant ends whatever we do, so that its owner has to connect again before: the end of its refresh token or of the
 * access to its data, or of the access token where nothing renews it.
 *
 * Where every answer moves the refresh token's end, it stays far away as long as refreshes succeed. Null: not known.
 */
export function reconnectBy(renewable: boolean, tokenExpiresAt: Date | null, ends: GrantEnds): Date | null {
  if (!renewable) return tokenExpiresAt
  const moments = [ends.refreshTokenExpiresAt, ends.dataAccessExpiresAt].filter((moment) => moment !== null)
  return moments.length === 0 ? null : new Date(Math.min(...moments.map((moment) => moment.getTime())))
}
