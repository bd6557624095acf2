/** Our registrations at the platforms, the `<P>` of the settings: limits, pauses and queues belong to one each. */
export const APPS = [
  'INSTAGRAM',
  'FACEBOOK',
  'THREADS',
  'X',
  'LINKEDIN',
  'TIKTOK',
  'TIKTOK_BUSINESS',
  'YOUTUBE',
  'PINTEREST',
  'BLUESKY',
] as const
export type App = (typeof APPS)[number]

/** Reads the name of an app as the database holds it; null when this version does not know it. */
export function readApp(name: string): App | null {
  return APPS.find((app) => app === name) ?? null
}
