/** Remembers answers for a short while, so that the price of many who ask is that of one. */
export interface Memory<Answer> {
  /** The answer of a moment ago, the one that is being computed, or a new one. A failure is not remembered. */
  recall(question: string, compute: () => Promise<Answer>): Promise<Answer>
}

export interface MemoryLimits {
  /** An answer is good for so long at least. */
  readonly leastMs: number
  /** And for so many times of what it took: computing takes no greater share of the time than one of so many. */
  readonly costFactor: number
  /** The oldest is forgotten when there are more. */
  readonly most: number
}

interface Entry<Answer> {
  readonly answer: Promise<Answer>
  goodUntilMs: number
}

export function makeMemory<Answer>({ leastMs, costFactor, most }: MemoryLimits): Memory<Answer> {
  const entries = new Map<string, Entry<Answer>>()

  const ask = async (entry: { goodUntilMs: number }, compute: () => Promise<Answer>) => {
    const startedMs = performance.now()
    const answer = await compute()
    const endedMs = performance.now()
    entry.goodUntilMs = endedMs + Math.max(leastMs, (endedMs - startedMs) * costFactor)
    return answer
  }

  return {
    recall(question, compute) {
      const known = entries.get(question)
      if (known !== undefined && performance.now() < known.goodUntilMs) return known.answer
      const state = { goodUntilMs: Number.POSITIVE_INFINITY }
      const entry = Object.assign(state, { answer: ask(state, compute) })
      entries.delete(question)
      entries.set(question, entry)
      entry.answer.catch(() => {
        if (entries.get(question) === entry) entries.delete(question)
      })
      const [oldest] = entries.keys()
      if (entries.size > most && oldest !== undefined) entries.delete(oldest)
      return entry.answer
    },
  }
}
