import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { aDueLine, connect } from '../fixtures/account.ts'
import { aDaemon } from '../fixtures/daemon.ts'
import { aDatabase } from '../fixtures/database.ts'
import { documented } from '../fixtures/documented-metrics.ts'
import { aPlatformServer } from '../fixtures/platform-server.ts'
import { readFamilies, readSamples, sampleOf } from '../fixtures/scrape.ts'
import { aStrictX } from '../fixtures/strict-x.ts'
import { aVault } from '../fixtures/vault.ts'

const FOLDER = fileURLToPath(new URL('../../docs/monitoring/', import.meta.url))

interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

const alerts = parse(readFileSync(`${FOLDER}alerts.yaml`, 'utf8')) as { groups: { rules: { expr: string }[] }[] }
const { panels } = JSON.parse(readFileSync(`${FOLDER}dashboard.json`, 'utf8')) as { panels: Panel[] }
const expressions = [
  ...alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
]

/** The metrics of an expression, and which labels it asks for; every name of ours has an underscore, no function has two. */
const selectorsOf = (expr: string) =>
  [...expr.matchAll(/\b((?:token_refresh|bullmq|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', matchers = '']) => ({
      name,
      labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!=|=|!~)/g)].map(([, l]) => l),
    }),
  )

/** Labels by which an expression groups. */
const groupsOf = (expr: string) =>
  [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '))

const ADDED_BY_PROMETHEUS = ['le', 'instance', 'job']

describe('every expression of the dashboard and the alerts', () => {
  test('asks for what a daemon shows that has refreshed something', async () => {
    await using database = await aDatabase()
    await using platform = await aPlatformServer()
    const vault = aVault()
    await connect(database, vault, aDueLine({}, { refreshToken: 'one' }))
    platform.answerAll(aStrictX(['one']).answer)
    await using daemon = await aDaemon({ database, vault, origin: platform.origin, redisUrl: null })
    const scrape = async () => (await fetch(`${daemon.url}/metrics`)).text()
    await vi.waitFor(async () => expect(sampleOf(await scrape(), 'token_refresh_attempts_total')).toBe(1), 20_000)

    const text = await scrape()
    const shown = new Set([...readSamples(text), ...readFamilies(text)].map(({ name }) => name))
    const knownLabels = new Set([...documented.flatMap(({ labels }) => labels), ...ADDED_BY_PROMETHEUS])

    expect(expressions.length).toBeGreaterThan(30)
    for (const expr of expressions) {
      const selectors = selectorsOf(expr)
      expect(selectors.length, expr).toBeGreaterThan(0)
      for (const { name, labels } of selectors) {
        expect([...shown], expr).toContain(name)
        const row = documented.find(
          (metric) => name.replace(/_(bucket|sum|count)$/, '') === metric.name || name === metric.name,
        )
        const known = [...(row?.labels ?? []), ...ADDED_BY_PROMETHEUS]
        expect(
          labels.filter((label) => !known.includes(`${label}`)),
          expr,
        ).toEqual([])
      }
      expect(
        groupsOf(expr).filter((label) => !knownLabels.has(label)),
        expr,
      ).toEqual([])
    }
  })

  test('leaves no metric of ours out of sight', () => {
    const used = new Set(expressions.flatMap(selectorsOf).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))
    const isUsed = (name: string) => used.has(name) || used.has(name.replace(/_count$/, ''))

    expect(documented.map(({ name }) => name).filter((name) => !isUsed(name))).toEqual([])
  })
})

test('the panels of the dashboard do not cover each other', () => {
  const covers = (one: Panel['gridPos'], other: Panel['gridPos']) =>
    one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h
  const covered = panels.flatMap((panel, at) =>
    panels
      .slice(at + 1)
      .filter((other) => covers(panel.gridPos, other.gridPos))
      .map(({ title }) => title),
  )

  expect(covered).toEqual([])
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
})

describe.skipIf(!hasPromtool())('promtool', () => {
  const promtool = (...args: string[]) =>
    execFileSync('promtool', args, { cwd: FOLDER, encoding: 'utf8', stdio: 'pipe' })

  test('takes the alerts, and they fire when they have to and at no other time', () => {
    expect(promtool('check', 'rules', 'alerts.yaml')).toContain('SUCCESS')
    expect(promtool('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS')
  })

  test('can read every expression of the dashboard', () => {
    const folder = mkdtempSync(join(tmpdir(), 'token-refresh-worker-rules-'))
    const rules = expressions.map((expr, at) => ({
      record: `expression:${at}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$platform', '.*'),
    }))
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'dashboard', rules }] }))

    expect(promtool('check', 'rules', join(folder, 'rules.yaml'))).toContain(`${rules.length} rules found`)
    rmSync(folder, { recursive: true })
  })
})

/** Part of Prometheus (Debian's package prometheus); the gate fetches it. */
function hasPromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    if (process.env.CI === 'true') throw new Error('promtool is missing: it is in the package prometheus')
    console.warn('No promtool on PATH: the syntax of the alerts and of the dashboard is not checked.')
    return false
  }
}
