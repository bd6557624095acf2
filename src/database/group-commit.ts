import { mayConcernRows } from './away.ts'

export interface GroupCommitOptions<Item, Result> {
  /** In one statement. */
  readonly most: number
  /** A statement that takes longer holds nobody up: from then on the next one runs beside it. */
  readonly patienceMs: number
  /** Two of one key never go together. */
  readonly keyOf: (item: Item) => string
  /** @returns in the order of the items; null: this one was left out and is to go alone */
  readonly commitTogether: (items: readonly Item[]) => Promise<readonly (Result | null)[]>
  readonly commitAlone: (item: Item) => Promise<Result>
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result | Promise<Result>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Lets many callers share statements and their commits: whatever is asked for while one runs goes together in the next.
 * Who comes alone waits for nobody.
 *
 * A statement that the database refuses is taken apart, so that one row sinks no other. Where the database is away, every
 * caller learns it.
 */
export function groupCommit<Item, Result>(options: GroupCommitOptions<Item, Result>): (item: Item) => Promise<Result> {
  const { patienceMs } = options
  const waiting: Waiting<Item, Result>[] = []
  let isBusy = false
  let isWoken = false

  const run = async (group: readonly Waiting<Item, Result>[]) => {
    const { promise: waitedFor, resolve: goOn } = Promise.withResolvers<void>()
    const timer = setTimeout(goOn, patienceMs)
    void commitGroup(group, options).finally(() => {
      clearTimeout(timer)
      goOn()
    })
    await waitedFor
  }
  const serve = async () => {
    isWoken = false
    isBusy = true
    while (waiting.length > 0) await run(takeGroup(waiting, options))
    isBusy = false
  }

  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    waiting.push({ item, resolve, reject })
    if (!isBusy && !isWoken) {
      isWoken = true
      // What arrives from the same sockets in this turn of the loop goes together.
      setImmediate(() => void serve())
    }
    return promise
  }
}

/** Takes what goes together from the front of those that wait. */
function takeGroup<Item, Result>(
  waiting: Waiting<Item, Result>[],
  { most, keyOf }: Pick<GroupCommitOptions<Item, Result>, 'most' | 'keyOf'>,
): readonly Waiting<Item, Result>[] {
  const keys = new Set<string>()
  let length = 0
  for (const { item } of waiting) {
    if (length === most || keys.has(keyOf(item))) break
    keys.add(keyOf(item))
    length++
  }
  return waiting.splice(0, length)
}

/** Never rejects: each caller gets the end of its own. */
async function commitGroup<Item, Result>(
  group: readonly Waiting<Item, Result>[],
  { commitTogether, commitAlone }: Pick<GroupCommitOptions<Item, Result>, 'commitTogether' | 'commitAlone'>,
): Promise<void> {
  const goAlone = ({ item, resolve }: Waiting<Item, Result>) => resolve(commitAlone(item))
  try {
    const results = await commitTogether(group.map(({ item }) => item))
    for (const [at, one] of group.entries()) {
      const result = results[at] ?? null
      if (result === null) goAlone(one)
      else one.resolve(result)
    }
  } catch (error) {
    if (mayConcernRows(error)) for (const one of group) goAlone(one)
    else for (const { reject } of group) reject(error)
  }
}
