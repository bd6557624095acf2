import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aList, type TestList } from '../fixtures/list.ts'

const STATIC = fileURLToPath(new URL('../../src/list/static/', import.meta.url))
const files = readdirSync(STATIC)
const read = (file: string) => readFileSync(STATIC + file, 'utf8')

describe('the page', () => {
  // Nothing of it changes, so that one list shows it to all of them.
  let list: TestList
  beforeAll(async () => {
    list = await aList({ env: { LIST_ADDRESS_LIMIT: '10000' } })
  })
  afterAll(() => list[Symbol.asyncDispose]())

  test('comes whole from us, may load nothing else, and has no script in it', async () => {
    const page = await list.get('/', {})
    const parts = [...page.body.matchAll(/(?:src|href)="(page\/[^"]+)"/g)].map(([, path]) => `/${path}`)

    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    const policy = String(page.headers['content-security-policy'])
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
      expect(`${policy};`).toContain(`${rule};`)
    expect(policy).not.toMatch(/unsafe|http|\*/)
    expect(page.body).not.toMatch(/<script[^>]*>\s*\S[^<]*<\/script>|<style|\son\w+=|\sstyle=/)
    expect(parts.length).toBeGreaterThan(5)
    for (const part of parts) expect((await list.get(part, {})).statusCode).toBe(200)
  })

  test.each(files.filter((file) => file.endsWith('.js')))('has in %s only imports that are served', async (file) => {
    for (const [, path] of read(file).matchAll(/^import .* from '\.\/(.+)'$/gm)) {
      const answer = await list.get(`/page/${path}`, {})
      expect(answer.statusCode, path).toBe(200)
      expect(answer.headers['content-type']).toContain('javascript')
    }
  })

  test('is asked for again before each use, and costs little when it is the same', async () => {
    const first = await list.get('/page/start.js', {})
    const again = await list.get('/page/start.js', { 'if-none-match': String(first.headers.etag) })

    expect(first.headers['cache-control']).toBe('no-cache')
    expect(again.statusCode).toBe(304)
  })

  test.each(['/page/', '/page/../server.ts', '/page/%2e%2e/server.ts', '/page/lit-html/package.json', '/page/none.js'])(
    'shows nothing at %s',
    async (url) => {
      expect((await list.get(url, {})).json()).toMatchObject({ statusCode: 404, code: 'NOT_FOUND' })
    },
  )

  test('is limited for each address, because it needs no key', async () => {
    await using limited = await aList({ env: { LIST_ADDRESS_LIMIT: '1' } })

    expect((await limited.get('/', {})).statusCode).toBe(200)
    expect((await limited.get('/', {})).json()).toMatchObject({ code: 'RATE_LIMITED' })
  })
})

describe('the files of the page', () => {
  test('are short', () => {
    expect(files.filter((file) => read(file).trimEnd().split('\n').length > 200)).toEqual([])
  })

  test('never make markup out of text', () => {
    expect(files.filter((file) => /innerHTML|outerHTML|insertAdjacentHTML|unsafe|\beval\b/.test(read(file)))).toEqual(
      [],
    )
  })
})
