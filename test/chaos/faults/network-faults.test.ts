import { expect, test, vi } from 'vitest'
import { aPlatformServer } from '../../fixtures/platform-server.ts'
import { aTcpProxy } from '../../fixtures/tcp-proxy.ts'
import type { World } from '../fault.ts'
import { networkFaults } from './network-faults.ts'
import { PATIENCE_MS } from './when-an-answer-passes.ts'

/** What becomes of a request that is sent while the fault lasts, and whether the platform gets it. */
const WHILE_IT_LASTS: Readonly<Record<string, { result: string; arrives: boolean }>> = {
  'network: reset when an answer is on its way': { result: 'failed', arrives: true },
  'network: reset at any moment': { result: 'failed', arrives: true },
  'network: no connection for 4 s': { result: 'failed', arrives: false },
  'network: answers 2 s late': { result: 'silent', arrives: true },
  'network: answers after the deadline of their requests': { result: 'silent', arrives: true },
  'network: blackhole for 3 s': { result: 'silent', arrives: false },
  'network: blackhole for 20 s': { result: 'silent', arrives: false },
}

test('a fault of the network is what its name says, and requests are answered afterwards', async () => {
  for (const { name, strike } of networkFaults) {
    await using platform = await aPlatformServer()
    await using proxy = await aTcpProxy(Number(new URL(platform.origin).port))
    const request = () =>
      fetch(`http://127.0.0.1:${proxy.port}/`, { headers: { connection: 'close' } }).then(
        () => 'answered',
        () => 'failed',
      )
    const seen: { result: string; arrived: number }[] = []
    const sent: Promise<string>[] = []
    const wait = async (ms: number) => {
      const isReset = name.includes('reset')
      if (!isReset || ms === PATIENCE_MS) platform.answerAll({ status: 200 })
      else platform.answerAll(() => {})
      const result = request()
      sent.push(result)
      // A reset follows when the request has arrived; the others are over when it is known that nobody answers.
      if (isReset && ms !== PATIENCE_MS) await vi.waitFor(() => expect(platform.arrived).toHaveLength(1))
      else if (isReset) await new Promise(() => {})
      else seen.push({ result: await within300Ms(result), arrived: platform.arrived.length })
    }
    const world = { proxies: { postgres: proxy, redis: null, platform: proxy }, random: () => 0.9, wait }

    await strike(world as Partial<World> as World)
    const expected = WHILE_IT_LASTS[name]
    if (name.includes('reset')) seen.push({ result: (await sent[0]) ?? '', arrived: platform.arrived.length })
    expect([name, ...seen]).toEqual([name, { result: expected?.result, arrived: expected?.arrives ? 1 : 0 }])
    platform.answerAll({ status: 200 })

    expect([name, await request()]).toEqual([name, 'answered'])
  }
})

const within300Ms = (result: Promise<string>) =>
  Promise.race([result, new Promise<string>((done) => setTimeout(done, 300, 'silent'))])
