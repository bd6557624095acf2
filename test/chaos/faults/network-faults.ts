import type { Backend, Fault } from '../fault.ts'
import { blackhole, slowAnswers } from './proxy-faults.ts'
import { whenAnAnswerPasses } from './when-an-answer-passes.ts'

const backends: readonly Backend[] = ['redis', 'postgresql']

/** What happens between the daemons and the platforms. */
export const networkFaults: readonly Fault[] = [
  {
    name: 'network: reset when an answer is on its way',
    backends,
    isShort: true,
    strike: (world) => whenAnAnswerPasses(world, () => world.proxies.platform.resetAll()),
  },
  {
    name: 'network: reset at any moment',
    backends,
    isShort: true,
    async strike({ proxies, random, wait }) {
      await wait(random() * 2000)
      proxies.platform.resetAll()
    },
  },
  {
    name: 'network: no connection for 4 s',
    backends,
    isShort: true,
    async strike({ proxies, wait }) {
      proxies.platform.goAway()
      try {
        await wait(4000)
      } finally {
        await proxies.platform.comeBack()
      }
    },
  },
  {
    name: 'network: answers 2 s late',
    backends,
    isShort: true,
    strike: (world) => slowAnswers(world, world.proxies.platform, { delayMs: 2000, forMs: 4000 }),
  },
  {
    name: 'network: answers after the deadline of their requests',
    backends,
    isShort: false,
    strike: (world) => slowAnswers(world, world.proxies.platform, { delayMs: 45_000, forMs: 10_000 }),
  },
  {
    name: 'network: blackhole for 3 s',
    backends,
    isShort: true,
    strike: (world) => blackhole(world, world.proxies.platform, 3000),
  },
  {
    name: 'network: blackhole for 20 s',
    backends,
    isShort: false,
    strike: (world) => blackhole(world, world.proxies.platform, 20_000),
  },
]
