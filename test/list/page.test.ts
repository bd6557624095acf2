import { describe, expect, test } from 'vitest'
import { cutPage, readPage } from '../../src/list/page.ts'

const ID = /^soc_\w+$/
const at = (position: string) => ({ position })
const cursorOf = (text: string) => Buffer.from(text).toString('base64url')

describe('a page', () => {
  test('that is not the last leads to the next, with the filters that were asked for', () => {
    const page = cutPage([at('3.soc_c'), at('2.soc_b'), at('1.soc_a')], 2, '/list?platform=X&cursor=old&limit=2')

    expect(page.rows).toEqual([at('3.soc_c'), at('2.soc_b')])
    expect(page.link).toBe(`</list?platform=X&cursor=${page.nextCursor}&limit=2>; rel="next"`)
    expect(readPage({ limit: 2, cursor: `${page.nextCursor}` }, ID)).toEqual({
      after: { micros: '2', id: 'soc_b' },
      limit: 2,
    })
  })

  test.each([[[]], [[at('2.soc_b')]], [[at('2.soc_b'), at('1.soc_a')]]])(
    'that is the last leads nowhere: %j',
    (rows) => {
      expect(cutPage(rows, 2, '/list')).toEqual({ rows, nextCursor: null, link: null })
    },
  )

  test('cannot be made to link anywhere else', () => {
    const { link } = cutPage([at('2.soc_b'), at('1.soc_a')], 1, '//evil.example.com/list?x=>;rel="next"')

    expect(link).toMatch(/^<\/[^<>"]*>; rel="next"$/)
  })
})

describe('a cursor', () => {
  test.each([
    '',
    '1',
    '.soc_a',
    '1.',
    '1.soc_a.x',
    'x.soc_a',
    '1e9.soc_a',
    '99999999999999999.soc_a',
    "1.soc_a'--",
    '1.\u0000',
    ' 1.soc_a',
  ])('that says %j is refused', (text) => {
    expect(() => readPage({ limit: 1, cursor: cursorOf(text) }, ID)).toThrow('cursor')
  })

  test('may lie before 1970', () => {
    expect(readPage({ limit: 1, cursor: cursorOf('-5.soc_a') }, ID).after).toEqual({ micros: '-5', id: 'soc_a' })
  })
})

test.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('a limit of %d is refused', (limit) => {
  expect(() => readPage({ limit }, ID)).toThrow('The limit parameter is not valid.')
})
