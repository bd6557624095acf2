/** Lays out rows as columns for a person: the first row is the heading, numbers stand to the right. */
export function layOut(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map((cell) => printable(String(cell))))
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[], at: number) =>
    row
      .map((text, column) =>
        typeof rows[at]?.[column] === 'number' ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return texts.map(line).join('\n')
}

/** Names come from the outside: nothing in them may steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const printable = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')

/** A moment as a person reads it, or a dash. */
export const moment = (at: Date | null): string => at?.toISOString().replace('T', ' ').slice(0, 19) ?? '–'
