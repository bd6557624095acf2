import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { aList } from '../fixtures/list.ts'

const STATIC = fileURLToPath(new URL('../../src/list/static/', import.meta.url))
const files = readdirSync(STATIC)
const read = (file: string) => readFileSync(STATIC + file, 'utf8')

describe('the page', () => {
  test('comes whole from us, may load nothing else, and has no script in it', async () => {
    await using list = await aList()

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
    await using list = await aList()

    for (const [, path] of read(file).matchAll(/^import .* from '\.\/(.+)'$/gm)) {
      const answer = await list.get(`/page/${path}`, {})
      expect(answer.statusCode, path).toBe(200)
      expect(answer.headers['content-type']).toContain('javascript')
    }
  })

  test('is asked for again before each use, and costs little when it is the same', async () => {
    await using list = await aList()

    const first = await list.get('/page/start.js', {})
    const again = await list.get('/page/start.js', { 'if-none-match': String(first.headers.etag) })

    expect(first.headers['cache-control']).toBe('no-cache')
    expect(again.statusCode).toBe(304)
  })

  test.each(['/page/', '/page/../server.ts', '/page/%2e%2e/server.ts', '/page/lit-html/package.json', '/page/none.js'])(
    'shows nothing at %s',
    async (url) => {
      await using list = await aList()

      expect((await list.get(url, {})).json()).toMatchObject({ statusCode: 404, code: 'NOT_FOUND' })
    },
  )

  test('is limited for each address, because it needs no key', async () => {
    await using list = await aList({ env: { LIST_ADDRESS_LIMIT: '1' } })

    expect((await list.get('/', {})).statusCode).toBe(200)
    expect((await list.get('/', {})).json()).toMatchObject({ code: 'RATE_LIMITED' })
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
