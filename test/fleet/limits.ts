import { APPS } from '../../src/app.ts'
import type { Environment } from '../../src/config.ts'

/** Reads `APP=REQUESTS_PER_SECOND,…` as the daemons' settings; `none` for none. */
export function readLimits(text: string): Environment | { readonly problem: string } {
  if (text === 'none') return {}
  const settings: Record<string, string> = {}
  for (const entry of text.split(',')) {
    const [app = '', limit = ''] = entry.split('=')
    const isGood = APPS.some((known) => known === app) && /^[1-9]\d{0,3}$/.test(limit)
    if (!isGood) return { problem: `"${entry}" is not an app and its requests per second, like X=200` }
    settings[`${app}_RATE_LIMIT`] = limit
  }
  return settings
}
