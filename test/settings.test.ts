import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../src/config.ts'
import { SETTINGS } from '../src/settings.ts'

const file = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const names = SETTINGS.map((setting) => setting.name)

describe('every setting', () => {
  test('is in .env.example, in the same order', () => {
    const listed = [...file('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)

    expect(listed).toEqual(names)
  })

  test('is in the table of the README, in the same order and with the same words', () => {
    const rows = SETTINGS.map(({ name, meaning, otherwise }) => `| \`${name}\` | ${meaning} | ${otherwise} |`)

    expect(file('README.md')).toContain(rows.join('\n'))
  })
})

test('.env.example can be used as it is', () => {
  const values = Object.fromEntries(
    [...file('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  )

  expect(readConfig(values, { keys: true })).toEqual(readConfig({}, { keys: true }))
})

describe('compose.yaml', () => {
  const compose = parse(file('compose.yaml'), { merge: true })

  test('names settings that exist, for every service of ours', () => {
    for (const service of ['migrate', 'daemon']) {
      const used = Object.keys(compose.services[service].environment)

      expect(used.filter((name) => !(names as string[]).includes(name))).toEqual([])
      expect(used).toEqual(expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'TOKEN_ENCRYPTION_KEYS']))
    }
  })

  test('has settings that are good once the variables are filled in', () => {
    const key = Buffer.alloc(32).toString('base64')
    const filled = Object.entries<string>(compose.services.daemon.environment).map(([name, value]) => [
      name,
      value.replace(/\$\{TOKEN_ENCRYPTION_KEYS:[^}]*\}/, `k1:${key}`).replace(/\$\{\w+:-(.*?)\}/g, '$1'),
    ])

    expect(() => readConfig(Object.fromEntries(filled), { keys: true })).not.toThrow()
  })

  test('gives the queue a Redis that evicts nothing and keeps an append-only file', () => {
    expect(compose.services.redis.command.join(' ')).toContain('--maxmemory-policy noeviction --appendonly yes')
  })

  test('stops a daemon later than its longest request', () => {
    expect(Number.parseInt(compose.services.daemon.stop_grace_period, 10)).toBeGreaterThan(45)
  })
})
