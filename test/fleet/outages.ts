import { APPS, type App } from '../../src/app.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/units.ts'

/** A platform answers 503 to everything, or no daemon runs. */
export interface Outage {
  readonly who: App | 'daemons'
  /** Since the beginning of the simulation. */
  readonly fromMs: number
  readonly toMs: number
}

/** So many can be told apart per account. */
const MOST_OUTAGES = 15

const UNITS_MS: Readonly<Record<string, number>> = { d: DAY_MS, h: HOUR_MS, m: MINUTE_MS, s: SECOND_MS }

/** Reads `WHO@BEGIN+LENGTH,…`, such as `X@10d+4h,daemons@30d12h+90m`; `none` for none. In the order of their beginning. */
export function readOutages(text: string): readonly Outage[] | { readonly problem: string } {
  if (text === 'none') return []
  const outages: Outage[] = []
  for (const entry of text.split(',')) {
    const [, name, begin = '', length = ''] = /^(\w+)@(\w+)\+(\w+)$/.exec(entry) ?? []
    const who = [...APPS, 'daemons' as const].find((known) => known === name)
    const [fromMs, lengthMs] = [readLength(begin), readLength(length)]
    if (who === undefined || fromMs === null || lengthMs === null) {
      return { problem: `"${entry}" is not an outage like X@10d+4h or daemons@30d12h+90m (${APPS.join(', ')})` }
    }
    outages.push({ who, fromMs, toMs: fromMs + lengthMs })
  }
  if (outages.length > MOST_OUTAGES) return { problem: `there are more than ${MOST_OUTAGES}` }
  return outages.sort((one, other) => one.fromMs - other.fromMs)
}

function readLength(text: string): number | null {
  if (!/^(\d+[dhms])+$/.test(text)) return null
  const parts = [...text.matchAll(/(\d+)([dhms])/g)]
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS_MS[unit] ?? 0), 0)
}

export const isDuring = ({ fromMs, toMs }: Outage, atMs: number): boolean => fromMs <= atMs && atMs < toMs
