import type { TcpProxy } from '../../fixtures/tcp-proxy.ts'
import type { World } from '../fault.ts'
import { forAWhile } from './for-a-while.ts'

/** Nothing passes any more, and nobody is told. Half of the time the connections do not outlive it. */
export function blackhole(world: World, proxy: TcpProxy, ms: number): Promise<void> {
  const outlives = world.random() < 0.5
  return forAWhile(world, ms, {
    cause: () => proxy.fallSilent(),
    end: async () => {
      if (!outlives) proxy.resetAll()
      await proxy.comeBack()
    },
  })
}

/** Every answer takes so much longer, for a while. */
export function slowAnswers(world: World, proxy: TcpProxy, times: { delayMs: number; forMs: number }): Promise<void> {
  return forAWhile(world, times.forMs, { cause: () => proxy.delay(times.delayMs), end: () => proxy.delay(0) })
}
