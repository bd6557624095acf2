import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { contract } from '../fixtures/contract.ts'
import { aList, PATH, type TestList } from '../fixtures/list.ts'
import { aRow, everyKindOfRow, insert } from '../fixtures/rows.ts'

type Json = Record<string, unknown>

const described = async (list: TestList) => (await list.get('/openapi.json', {})).json()

/** What a schema demands, without words about it; references are followed. */
function demands(schema: unknown, document: Json): unknown {
  if (Array.isArray(schema)) return schema.map((part) => demands(part, document))
  if (schema === null || typeof schema !== 'object') return schema
  const { $ref, ...others } = schema as Json & { $ref?: string }
  if ($ref !== undefined) {
    const target = $ref
      .slice(2)
      .split('/')
      .reduce<unknown>((part, name) => (part as Json)[name], document)
    return demands(target, document)
  }
  const kept = Object.entries(others).filter(([name]) => !/^(description|examples?|title|x-.*|\$id|allOf)$/.test(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, demands(value, document)]))
}

const operationOf = (document: Json, path: string) => ((document.paths as Json)[path] as { get: Json }).get

describe('the description', () => {
  test('demands of a row what the contract demands', async () => {
    await using list = await aList()
    const document = await described(list)
    const row = (from: Json) => demands({ $ref: '#/components/schemas/SocialAccount' }, from) as Json

    const ours = row(document)
    const theirs = row(contract)

    // What JSON cannot hold, Postgres cannot either: NUL is refused in ours.
    const pattern = { pattern: '^\\S{1,64}$' }
    const properties = ours.properties as Json
    expect({
      ...ours,
      properties: {
        ...properties,
        workspaceId: { ...(properties.workspaceId as Json), ...pattern },
      },
    }).toEqual(theirs)
  })

  test.each(['/social-accounts', '/social-accounts/{accountId}'])('has of %s what the contract has', async (path) => {
    await using list = await aList()
    const document = await described(list)

    const ours = operationOf(document, `/api/v1${path}`)
    const theirs = operationOf(contract, path)

    expect(ours.operationId).toBe(theirs.operationId)
    expect(ours.tags).toEqual(theirs.tags)
    expect(Object.keys(ours.responses as Json)).toEqual(expect.arrayContaining(Object.keys(theirs.responses as Json)))
    const parameters = (operation: Json, from: Json) =>
      (operation.parameters as Json[]).map(({ name, in: place, required, schema }) => ({
        name,
        in: place,
        required: required ?? false,
        schema: { ...(demands(schema, from) as Json), ...(name === 'workspaceId' ? { pattern: '^\\S{1,64}$' } : {}) },
      }))
    expect(parameters(ours, document)).toEqual(parameters(theirs, contract))
  })

  test('is what real answers are', async () => {
    await using list = await aList({ workspaceIds: ['ws_1', 'ws_2'] })
    await everyKindOfRow(list.database)
    const id = await aRow(list.database, {}, { consecutive_failures: 1, due_at: new Date(), reconnect_by: new Date() })
    await insert(list.database, 'refresh_attempts', { account_id: id, platform: 'X', trigger: 'operator', worker: 'w' })
    const document = await described(list)
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema(document, 'ours')

    const asked = [
      ['/social-accounts', ''],
      ['/social-accounts', '?workspaceId=ws_9'],
      ['/social-accounts', '?workspaceId='],
      ['/social-accounts/{accountId}', `/${id}`],
      ['/social-accounts/{accountId}', '/soc_none'],
      ['/social-accounts/health', '/health'],
      ['/social-accounts/health', '/health?limit=x'],
      ['/social-accounts/overview', '/overview'],
      ['/social-accounts/overview', '/overview?workspaceId=ws_9'],
      ['/social-accounts/overview', '/overview?platform=X'],
      ['/social-accounts/{accountId}/refresh-attempts', `/${id}/refresh-attempts`],
      ['/social-accounts/{accountId}/refresh-attempts', '/soc_none/refresh-attempts'],
    ] as const
    const codes = []
    for (const [path, url] of asked) {
      const { statusCode, json } = await list.get(PATH + url)
      const pointer = `ours#/paths/${encodeURIComponent(`/api/v1${path}`.replaceAll('/', '~1'))}/get/responses`
      const validate = ajv.compile({ $ref: `${pointer}/${statusCode}/content/application~1json/schema` })
      expect(validate(json()), `${url}: ${JSON.stringify(validate.errors)}`).toBe(true)
      codes.push(statusCode)
    }
    expect(codes).toEqual([200, 403, 400, 200, 404, 200, 400, 200, 403, 400, 200, 404])
  })

  test('is one of OpenAPI 3.1 in which every reference leads somewhere', async () => {
    await using list = await aList()
    const document = await described(list)

    const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? []
    expect(document.openapi).toBe('3.1.0')
    expect(references.length).toBeGreaterThan(10)
    for (const reference of new Set(references)) {
      const name = /^"\$ref":"#\/components\/schemas\/(\w+)"$/.exec(reference)?.[1] ?? reference
      expect(Object.keys(document.components.schemas)).toContain(name)
    }
    expect(document.security).toEqual([{ bearer: [] }])
    expect(Object.keys(document.paths)).toEqual([
      '/api/v1/social-accounts',
      '/api/v1/social-accounts/health',
      '/api/v1/social-accounts/overview',
      '/api/v1/social-accounts/{accountId}',
      '/api/v1/social-accounts/{accountId}/refresh-attempts',
    ])
  })
})

describe('the page for people', () => {
  test('comes whole from us, without a line of script in it', async () => {
    await using list = await aList()

    const page = await list.get('/docs', {})
    const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => String(address))

    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    expect(page.headers['content-security-policy']).not.toContain('unsafe')
    expect(page.body).not.toMatch(/<script[^>]*>\s*\S[^<]*<\/script>|<style|\son\w+=/)
    expect(parts.length).toBeGreaterThan(4)
    for (const part of parts) {
      expect(part).toMatch(/^\/docs\//)
      expect((await list.get(part, {})).statusCode).toBe(200)
    }
    expect((await list.get('/docs/json', {})).json()).toEqual(await described(list))
  })
})
