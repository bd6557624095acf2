/** A line of a file, or why it is none. Numbers count from 1. */
export type Line =
  | { readonly number: number; readonly kind: 'text'; readonly text: string }
  | { readonly number: number; readonly kind: 'too_long' | 'not_utf8' }

const NEWLINE = 0x0a

/**
 * Splits a stream of bytes into lines without ever holding more than one line and one chunk. Blank lines are left out
 * but counted; a line over `mostBytes` is skipped to its end.
 */
export async function* readLines(source: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Line> {
  let number = 1
  let pieces: Buffer[] = []
  let length = 0

  const finish = (): Line | null => {
    const line =
      length > mostBytes ? { number, kind: 'too_long' as const } : decode(number, Buffer.concat(pieces, length))
    pieces = []
    length = 0
    number++
    return line
  }

  for await (const chunk of source) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end))
      const line = finish()
      if (line !== null) yield line
      start = end + 1
    }
    add(chunk.subarray(start))
  }
  const last = length > 0 ? finish() : null
  if (last !== null) yield last

  function add(piece: Buffer): void {
    length += piece.length
    if (length <= mostBytes) pieces.push(piece)
    else pieces = []
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(number: number, bytes: Buffer): Line | null {
  try {
    const text = utf8.decode(bytes).trim()
    return text === '' ? null : { number, kind: 'text', text }
  } catch {
    return { number, kind: 'not_utf8' }
  }
}
