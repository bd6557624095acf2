import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Stall } from './stalls.ts'

/** A request as the platform saw it; moments in milliseconds since 1970, by the platform's thread. */
export interface Arrival {
  readonly atMs: number
  readonly account: number
  readonly isRenewed: boolean
}

/** What the platform recorded. */
export interface Seen {
  readonly arrivals: readonly Arrival[]
  /** When its own clock was late, because the machine had no time for it. */
  readonly stalls: readonly Stall[]
  /** Tokens that were shown after they had been used. */
  readonly replays: number
}

export type ToPlatform = 'outage' | 'well' | 'report'

export interface HerdPlatform extends AsyncDisposable {
  readonly origin: string
  tell(state: 'outage' | 'well'): void
  report(): Promise<Seen>
}

/** The platform that the herd runs against, in a thread of its own. */
export async function aHerdPlatform(): Promise<HerdPlatform> {
  const thread = new Worker(new URL('platform-thread.ts', import.meta.url))
  const [origin] = (await once(thread, 'message')) as [string]
  const send = (message: ToPlatform) => thread.postMessage(message)
  return {
    origin,
    tell: send,
    async report() {
      const answered = once(thread, 'message') as Promise<[Seen]>
      send('report')
      return (await answered)[0]
    },
    async [Symbol.asyncDispose]() {
      await thread.terminate()
    },
  }
}

/** The refresh token that an account of the herd begins with. */
export const firstToken = (account: number): string => `herd-${account}-0`
