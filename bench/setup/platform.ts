import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface Platform extends AsyncDisposable {
  readonly origin: string
  /** Requests that were answered so far. */
  answered(): number
}

/** A platform that renews whatever it is shown, in a thread of its own. */
export async function startPlatform(): Promise<Platform> {
  const shared = new SharedArrayBuffer(4)
  const thread = new Worker(new URL('./platform-thread.ts', import.meta.url), { workerData: shared })
  const [origin] = (await once(thread, 'message')) as [string]
  return {
    origin,
    answered: () => Atomics.load(new Int32Array(shared), 0),
    async [Symbol.asyncDispose]() {
      await thread.terminate()
    },
  }
}

/** Settings of a daemon that refreshes accounts of X there. */
export const settingsOf = ({ origin }: Platform): Record<string, string> => ({
  X_BASE_URL: origin,
  X_CLIENT_ID: 'client',
  X_CLIENT_SECRET: 'secret',
})
