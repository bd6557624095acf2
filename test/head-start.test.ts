import { expect, test } from 'vitest'
import { watchHeadStart } from '../src/head-start.ts'
import { openMetrics } from '../src/metrics/metrics.ts'

const scan = (claimed: number) => ({ claimed, durationMs: 1 })

test('a start goes on at once when nothing was due', async () => {
  const { metrics, isOver } = watchHeadStart(openMetrics(['scheduler']))

  metrics.scans.scanned(scan(0))

  await isOver()
})

test('a start goes on when all that the first scan handed over was tried, however that ended', async () => {
  const { metrics, isOver } = watchHeadStart(openMetrics(['scheduler']))
  const order: string[] = []
  const over = isOver().then(() => order.push('over'))

  metrics.attempts.foundNoLease('X')
  metrics.scans.scanned(scan(2))
  await new Promise(setImmediate)
  order.push('one of two')
  metrics.attempts.brokeOff('X')
  await over

  expect(order).toEqual(['one of two', 'over'])
})

test('a start goes on when the first scan fails, and when there is none', async () => {
  const failing = watchHeadStart(openMetrics(['scheduler']))
  failing.metrics.scans.failed()

  await failing.isOver()
  await watchHeadStart(openMetrics(['scheduler'])).isOver()
})

test('what is watched is counted all the same', async () => {
  const { metrics } = watchHeadStart(openMetrics(['scheduler']))

  metrics.scans.scanned(scan(1))
  metrics.attempts.brokeOff('X')

  const text = await metrics.render()
  expect(text).toMatch(/token_refresh_scan_accounts_count 1\n/)
  expect(text).toMatch(/token_refresh_\w+\{app="X"\} 1\n/)
})
