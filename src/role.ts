/** What a daemon can do; one process may do all. */
export const ROLES = ['scheduler', 'worker', 'list'] as const
export type Role = (typeof ROLES)[number]
