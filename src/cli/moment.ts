import { DAY_MS, HOUR_MS, MINUTE_MS } from '../units.ts'
import { Refusal } from './terminal.ts'

const UNITS_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

/**
 * Reads a moment that somebody typed, as a date with its time or as a distance from now.
 *
 * @throws {Refusal} when it is none
 */
export function readMoment(text: string, now: Date, direction: 'from now' | 'ago'): Date {
  const [, number, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? []
  if (number !== undefined && unit !== undefined) {
    const distanceMs = Number(number) * (UNITS_MS[unit] ?? 0)
    return new Date(now.getTime() + (direction === 'ago' ? -distanceMs : distanceMs))
  }
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : null
  if (at === null || Number.isNaN(at.getTime())) {
    throw new Refusal(`"${text}" is no moment: use one like 2026-11-25T06:00:00Z, or 30m, 2h, 1d ${direction}.`)
  }
  return at
}
