import { describe, expect, test } from 'vitest'
import type { App } from '../../src/app.ts'
import type { FleetOptions } from './fleet-options.ts'
import { readMix } from './mix.ts'
import { readOutages } from './outages.ts'
import { simulateFleet } from './simulate-fleet.ts'

interface Play extends Partial<Omit<FleetOptions, 'mix' | 'outages'>> {
  readonly mix?: string
  readonly outages?: string
}

function play({ mix = 'X=8,YOUTUBE=6,BLUESKY/oauth=1,FACEBOOK_PAGE=20', outages = 'none', ...options }: Play) {
  const [readyMix, readyOutages] = [readMix(mix), readOutages(outages)]
  if ('problem' in readyMix || 'problem' in readyOutages) throw new Error('the test asks for what cannot be read')
  const report = simulateFleet({
    ...{ accounts: 3500, days: 2, seed: 1, settings: {}, daemons: 1, perDaemon: 180, latencyMs: 300, playsAll: false },
    ...options,
    ...{ mix: readyMix, outages: readyOutages },
  })
  const of = (app: App) => {
    const found = report.apps.find((one) => one.app === app)
    if (found === undefined) throw new Error(`no account is of ${app}`)
    return found
  }
  return { ...report, of }
}

describe('a fleet', () => {
  test('without outages has nobody late, and refreshes as often as the due shares say', () => {
    const { apps, of } = play({})

    expect(apps.map(({ app, late, lost }) => [app, late, lost])).toEqual(
      ['FACEBOOK', 'X', 'YOUTUBE', 'BLUESKY'].map((app) => [app, 0, 0]),
    )
    // 800 accounts, each after 0.75 to 0.85 of 2 h, and a second or two until the scan and the answer.
    expect(of('X').perSecond.mean).toBeCloseTo(800 / (0.8 * 7200), 2)
    expect(of('X').left?.least).toBeGreaterThan(0.148)
    expect(of('X').left?.median).toBeCloseTo(0.2, 2)
    expect(of('FACEBOOK').left).toBeNull()
  })

  test('is the same for the same seed, and another for another', () => {
    const options = { outages: 'X@10h+3h' }

    const { of: _, ...report } = play(options)

    expect(play(options)).toMatchObject(report)
    expect(play({ ...options, seed: 2 })).not.toMatchObject(report)
  })

  test('fares the same when quiet stretches are played', () => {
    const options = { days: 4, outages: 'YOUTUBE@30h+2h,daemons@80h+1h' }

    const [played, leftOut] = [play({ ...options, playsAll: true }), play(options)]

    for (const app of ['X', 'YOUTUBE', 'BLUESKY'] as const) {
      const [one, other] = [played.of(app), leftOut.of(app)]
      expect(other.playedShare).toBeLessThan(0.8)
      expect(Math.abs(other.requests / one.requests - 1)).toBeLessThan(0.01)
      expect(Math.abs(other.late - one.late)).toBeLessThanOrEqual(0.05 * one.accounts)
      expect(other.left?.median).toBeCloseTo(one.left?.median ?? 0, 2)
    }
  })
})

describe('an outage', () => {
  test('of a platform that is shorter than what is left of every token makes nobody late', () => {
    // 15 % of 2 h is 18 min: failures come again after half of what is left.
    const { of } = play({ outages: 'X@10h+15m' })

    expect(of('X').failures).toBeGreaterThan(0)
    expect(of('X').late).toBe(0)
  })

  test('of a platform makes its own accounts late, and no others', () => {
    const { apps, outages } = play({ outages: 'X@10h+1h' })
    const [outage] = outages

    expect(apps.filter(({ late }) => late > 0).map(({ app }) => app)).toEqual(['X'])
    // In each minute 800 / 96 tokens become due, and end after 18 to 30 min: those that do so before the hour is over, and
    // some of those that end before they are tried once more.
    const late = outage?.apps[0]?.late ?? 0
    expect(late).toBeGreaterThan((800 / 96) * 30)
    expect(late).toBeLessThan((800 / 96) * 60)
    expect(outage?.apps[0]?.longestLateMs).toBeLessThan(2.1 * 3_600_000)
    expect(outage?.apps[0]?.wellAgainAfterMs).toBeLessThan(1.1 * 3_600_000)
  })

  test('of the daemons makes those late whose token ends meanwhile, and is over when all are renewed', () => {
    const { of, outages } = play({ outages: 'daemons@10h+1h' })

    expect(of('FACEBOOK').late).toBe(0)
    // Who was due in the first 30 to 42 minutes.
    expect(of('X').late / 800).toBeGreaterThan(30 / 96)
    expect(of('X').late / 800).toBeLessThan(42 / 96)
    expect(of('X').lateForNoReason).toBe(0)
    for (const { wellAgainAfterMs } of outages[0]?.apps ?? []) expect(wellAgainAfterMs).toBeLessThan(60_000)
  })

  test('of weeks loses those whose token renews itself and has ended, and no others', () => {
    const options = {
      mix: 'INSTAGRAM=1,LINKEDIN_PERSON=1',
      accounts: 500,
      days: 60,
      settings: { SCAN_INTERVAL_MS: '60000' },
    }

    const { of } = play({ ...options, outages: 'daemons@10d+25d' })

    // Due at 50 to 66 % of 60 days: what is left is 20 to 30 days.
    expect(of('INSTAGRAM').lost).toBeGreaterThan(0)
    expect(of('INSTAGRAM').lost).toBeLessThan(125)
    expect(of('INSTAGRAM').late).toBe(of('INSTAGRAM').lost)
    expect(of('LINKEDIN').late).toBeGreaterThan(0)
    expect(of('LINKEDIN').lost).toBe(0)
  })
})

describe('what the fleet can do', () => {
  test('is never more than a limit in any second, also when it has to catch up', () => {
    const { of } = play({
      settings: { X_RATE_LIMIT: '10', BLUESKY_RATE_LIMIT: '4' },
      outages: 'daemons@10h+2h,X@20h+2h',
    })

    expect(of('X').perSecond.most).toBeLessThanOrEqual(10)
    expect(of('X').perSecond.most).toBeGreaterThanOrEqual(9)
    // A refresh takes four requests there, each of which waits for its turn.
    expect(of('BLUESKY').perSecond.most).toBeLessThanOrEqual(4)
  })

  test('is what its daemons can do: one that is too small never catches up', () => {
    // Who waits is due later the next time: only more accounts than can be refreshed within their life are late for ever.
    const [enough, tooSmall] = [3000, 5000].map((accounts) => play({ mix: 'X=1', accounts, perDaemon: 0.5 }).of('X'))

    expect(enough?.late).toBe(0)
    expect(tooSmall?.perSecond.mean).toBeLessThan(0.51)
    expect(tooSmall?.lateForNoReason).toBe(5000)
  })

  test('is what the queue holds from one scan to the next, however many daemons there are', () => {
    const late = (concurrency: string) => {
      const settings = { WORKER_CONCURRENCY: concurrency, SCAN_INTERVAL_MS: '60000' }
      return play({ mix: 'YOUTUBE=1', accounts: 1500, daemons: 100, settings }).of('YOUTUBE').late
    }

    // 20 accounts wait per slot of one daemon: 20 in a minute are less than the 25 whose token ends, 40 are more.
    expect(late('1')).toBe(1500)
    expect(late('2')).toBe(0)
  })
})
