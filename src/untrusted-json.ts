// Reading JSON that somebody else wrote: any member can be missing, of another type, or made to hurt.

/** Parses JSON; undefined when the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The members of a JSON object; none when it is something else. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** A text, or an empty one. Never `String(…)`: that calls `toString`, which may be a member of the object. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A token or null: never blank, and nothing that cannot be sent in a header again. */
export function asToken(value: unknown): string | null {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value) && value.trim() !== '' ? value.trim() : null
}

/** A platform's code as a word for the history: short, printable, never a whole answer. */
export function asCode(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && /^[\w .:/-]{1,100}$/.test(text) ? text : null
}

/** A whole number, also when it is written as a string of digits. */
export function asInteger(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : null
}

/** Whether there are more objects and lists within each other than that. Walks by itself: recursion would fall. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []))
    if (level.length === 0) return false
  }
  return true
}
