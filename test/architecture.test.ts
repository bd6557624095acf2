import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** From the outside in: a file imports only from its own layer and from those below it. */
const LAYERS: readonly (readonly string[])[] = [
  ['main.ts'],
  ['cli/'],
  ['demo/'],
  ['admin/', 'simulator/', 'import/', 'embedded/', 'doctor/', 'daemon.ts'],
  ['progress.ts', 'head-start.ts'],
  ['schedule.ts', 'scan.ts', 'worker.ts', 'list/', 'tokens/', 'webhooks/'],
  ['refresh/', 'queue/', 'sealing/'],
  ['escrow/'],
  ['database/', 'vault.ts'],
  ['rules/'],
  ['platforms/'],
  ['oauth/'],
  ['liveness.ts', 'tracing/'],
  [
    'redis.ts',
    'every.ts',
    'room.ts',
    'one-run.ts',
    'complaint.ts',
    'log.ts',
    'metrics/',
    'config.ts',
    'list-config.ts',
    'tracing-config.ts',
  ],
  [
    'settings-reader.ts',
    'settings.ts',
    'platform-settings.ts',
    'master-key.ts',
    'signature.ts',
    'account.ts',
    'app.ts',
    'role.ts',
    'steps.ts',
    'id.ts',
    'units.ts',
    'pause.ts',
    'redis-address.ts',
    'private-jwk.ts',
    'untrusted-json.ts',
  ],
]

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const read = (file: string) => readFileSync(join(SRC, file), 'utf8')
const linesOf = (file: string) => read(file).trimEnd().split('\n').length
const importsOf = (file: string) =>
  [...read(file).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(([, path]) =>
    relative(SRC, resolve(dirname(join(SRC, file)), path ?? '')),
  )
const layerOf = (file: string) =>
  LAYERS.findIndex((layer) => layer.some((part) => file === part || file.startsWith(part)))

describe('imports', () => {
  test('go one way', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => layerOf(imported) < layerOf(file))
        .map((imported) => `${file} imports ${imported}`),
    )

    expect(wrong).toEqual([])
  })

  test('reach only files that have a layer', () => {
    expect(files.filter((file) => layerOf(file) === -1)).toEqual([])
  })

  test('never close a circle', () => {
    const visit = (file: string, path: readonly string[]): string[] =>
      path.includes(file)
        ? [[...path, file].join(' → ')]
        : importsOf(file).flatMap((next) => (layerOf(next) === layerOf(file) ? visit(next, [...path, file]) : []))

    expect(files.flatMap((file) => visit(file, []))).toEqual([])
  })

  test('of the list module know nothing of the refresh path', () => {
    const allowed = /^(list|database)\/|^(account|complaint|id|log|settings|config|list-config|units|redis)\.ts$/

    expect(
      files
        .filter((file) => file.startsWith('list/'))
        .flatMap(importsOf)
        .filter((file) => !allowed.test(file)),
    ).toEqual([])
  })

  test('of platforms do no I/O', () => {
    const io = /from '(node:(fs|http|https|net|tls|dns|child_process)|undici|pg|ioredis|bullmq)/

    expect(files.filter((file) => file.startsWith('platforms/') && io.test(read(file)))).toEqual([])
  })
})

describe('files', () => {
  test('but main.ts leave the process alone', () => {
    expect(files.filter((file) => file !== 'main.ts' && /\bprocess\.\w|node:process/.test(read(file)))).toEqual([])
  })

  test('are short: none over 200 lines, nine of ten within 160, half within 75', () => {
    const lengths = files.map(linesOf).sort((one, other) => one - other)
    const share = (part: number) => lengths[Math.floor(lengths.length * part)] ?? 0

    expect(files.filter((file) => linesOf(file) > 200)).toEqual([])
    expect(share(0.9)).toBeLessThanOrEqual(160)
    expect(share(0.5)).toBeLessThanOrEqual(75)
  })

  test('have names that say what is in them', () => {
    expect(files.filter((file) => /util|helper|common|service|manager|types|misc/.test(file))).toEqual([])
  })
})
