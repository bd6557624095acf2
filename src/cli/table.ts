export type Row = readonly (string | number)[]

/** Lays out rows as columns for a person: the first row is the heading, numbers stand to the right. */
export function layOut(rows: readonly Row[]): string {
  return layOutPages()(rows)
}

/** Lays out one page of a long table after the other; a column never gets narrower again. */
export function layOutPages(): (rows: readonly Row[]) => string {
  let widths: readonly number[] = []
  return (rows) => {
    const texts = rows.map((row) => row.map((cell) => printable(String(cell))))
    widths = (texts[0] ?? []).map((_, column) =>
      texts.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), widths[column] ?? 0),
    )
    return draw(rows, texts, widths)
  }
}

function draw(rows: readonly Row[], texts: readonly (readonly string[])[], widths: readonly number[]): string {
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
