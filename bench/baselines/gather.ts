/**
 * Collects what comes one by one and hands it on together.
 *
 * @returns takes one, and resolves when it was handed on and seen to
 */
export function gather<Item>(
  { most, waitMs }: { most: number; waitMs: number },
  flush: (items: readonly Item[]) => Promise<void>,
): (item: Item) => Promise<void> {
  let batch: { readonly items: Item[]; readonly flushed: Promise<void>; readonly flushNow: () => void } | null = null

  const begin = () => {
    const items: Item[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, waitMs)
    const flushed = promise.then(() => {
      clearTimeout(timer)
      batch = null
      return flush(items)
    })
    return { items, flushed, flushNow: resolve }
  }
  return (item) => {
    batch ??= begin()
    const { items, flushed, flushNow } = batch
    items.push(item)
    if (items.length >= most) {
      // The next one begins another.
      batch = null
      flushNow()
    }
    return flushed
  }
}
