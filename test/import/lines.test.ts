import { describe, expect, test } from 'vitest'
import { type Line, readLines } from '../../src/import/lines.ts'

async function split(chunks: readonly (string | Buffer)[], mostBytes = 100): Promise<Line[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk as string)
  }
  const lines: Line[] = []
  for await (const line of readLines(source(), mostBytes)) lines.push(line)
  return lines
}

const text = (number: number, value: string): Line => ({ number, kind: 'text', text: value })

describe('lines', () => {
  test('are put together over chunks, whatever ends them', async () => {
    expect(await split(['on', 'e\ntw', 'o\r\nthree'])).toEqual([text(1, 'one'), text(2, 'two'), text(3, 'three')])
    expect(await split(['one\n'])).toEqual([text(1, 'one')])
    expect(await split([''])).toEqual([])
    expect(await split([])).toEqual([])
  })

  test('that are blank are left out but counted', async () => {
    expect(await split(['\n\n  \none\n\ntwo\n'])).toEqual([text(4, 'one'), text(6, 'two')])
  })

  test('may hold a character that two chunks share', async () => {
    const bytes = Buffer.from('ü€😀')

    expect(await split([...bytes].map((byte) => Buffer.from([byte])))).toEqual([text(1, 'ü€😀')])
  })

  test('may begin with a byte order mark', async () => {
    expect(await split(['\uFEFF{}\n'])).toEqual([text(1, '{}')])
  })

  test('over the limit are skipped to their end without being held', async () => {
    const flood = Array.from({ length: 1000 }, () => 'x'.repeat(50))

    expect(await split(['one\n', ...flood, '\ntwo'])).toEqual([
      text(1, 'one'),
      { number: 2, kind: 'too_long' },
      text(3, 'two'),
    ])
    expect(await split(['x'.repeat(100)])).toEqual([text(1, 'x'.repeat(100))])
    expect(await split(['x'.repeat(101)])).toEqual([{ number: 1, kind: 'too_long' }])
  })

  test('that are not UTF-8 are said to be so', async () => {
    expect(await split([Buffer.from([0x7b, 0xff, 0x7d, 0x0a, 0x61])])).toEqual([
      { number: 1, kind: 'not_utf8' },
      text(2, 'a'),
    ])
  })
})
