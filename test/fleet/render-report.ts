import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/units.ts'
import { renderTable } from './render-table.ts'
import type { FleetReport, OutageReport } from './report.ts'

/** A report as two tables of Markdown, to be read in a terminal as well. */
export function renderReport({ apps, outages }: FleetReport): string {
  return [
    renderTable(
      [
        'app',
        'accounts',
        'requests/s',
        'p99',
        'busiest',
        'left: least',
        'p1',
        'median',
        'failed',
        'late',
        'lost',
        'played',
      ],
      apps.map((app) => [
        app.app,
        count(app.accounts),
        short(app.perSecond.mean),
        count(app.perSecond.p99),
        count(app.perSecond.most),
        ...[app.left?.least, app.left?.p1, app.left?.median].map(share),
        count(app.failures),
        app.lateForNoReason === 0
          ? count(app.late)
          : `${count(app.late)} (${count(app.lateForNoReason)} without outage)`,
        count(app.lost),
        share(app.playedShare),
      ]),
    ),
    '',
    renderTable(
      ['outage', 'app', 'late because of it', 'longest without a token', 'well again after'],
      outages.flatMap(rowsOf),
    ),
  ].join('\n')
}

/** Apps in which nobody was late share a row. */
function rowsOf({ who, fromMs, toMs, apps }: OutageReport): string[][] {
  const name = `${who}, day ${short(fromMs / DAY_MS)}, ${time(toMs - fromMs)}`
  const hit = apps.filter(({ late }) => late > 0)
  const rows = hit.map(({ app, late, longestLateMs, wellAgainAfterMs }) => [
    ...[name, app, count(late), time(longestLateMs)],
    wellAgainAfterMs === null ? 'not before the next' : time(wellAgainAfterMs),
  ])
  return hit.length === apps.length ? rows : [...rows, [name, hit.length === 0 ? 'all' : 'all others', '0', '', '']]
}

const count = (number: number) => Math.round(number).toLocaleString('en')
const short = (number: number) => String(Number(number.toPrecision(3)))
const share = (value: number | undefined) => (value === undefined ? '' : `${short(value * 100)} %`)

function time(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${short(ms / DAY_MS)} d`
  if (ms >= 2 * HOUR_MS) return `${short(ms / HOUR_MS)} h`
  return ms >= 2 * MINUTE_MS ? `${short(ms / MINUTE_MS)} min` : `${short(ms / SECOND_MS)} s`
}
