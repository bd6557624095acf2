import type { World } from '../fault.ts'

/** Lets a trouble last for so long, and ends it whatever happens meanwhile. */
export async function forAWhile(
  world: World,
  ms: number,
  { cause, end }: { cause: () => unknown; end: () => unknown },
): Promise<void> {
  try {
    await cause()
    await world.wait(ms)
  } finally {
    await end()
  }
}
