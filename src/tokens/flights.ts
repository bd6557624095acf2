import { TemporarilyUnavailable } from './token-errors.ts'

/** Work that is shared by all who ask for it while it goes on. */
export interface Flights<T> {
  join(key: string, start: () => Promise<T>): Promise<T>
}

export function openFlights<T>(): Flights<T> {
  const flying = new Map<string, Promise<T>>()
  return {
    join(key, start) {
      const found = flying.get(key)
      if (found !== undefined) return found
      const flight = start().finally(() => flying.delete(key))
      flying.set(key, flight)
      return flight
    },
  }
}

/** Gives up waiting after a while; the work goes on for those who still wait. */
export async function withDeadline<T>(
  flight: Promise<T>,
  { accountId, timeoutMs }: { accountId: string; timeoutMs: number },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `No daemon has renewed the token within ${timeoutMs} ms.`
    timer = setTimeout(() => reject(new TemporarilyUnavailable(accountId, { reason: 'timeout', message })), timeoutMs)
  })
  try {
    return await Promise.race([flight, late])
  } finally {
    clearTimeout(timer)
  }
}
