import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ImportSummary, importAccounts } from '../../src/import/import-accounts.ts'
import { readLines } from '../../src/import/lines.ts'
import { type ReadLine, readAccount } from '../../src/import/read-account.ts'
import { STRATEGIES } from '../../src/platforms/registry.ts'
import { aLine } from '../fixtures/account.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aVault } from '../fixtures/vault.ts'
import { SECRETS } from './any-answer.ts'
import { credentialOf } from './any-attempt.ts'
import { alterations, alteredText, brokenText, jsonText, leafText } from './any-json.ts'
import { costlyEffort, effort, PATIENCE_MS } from './effort.ts'

const rules = { allowPrivateNetwork: false, now: new Date() }
const vault = aVault()

const MOMENTS = [
  ...['2026-11-23T12:00:00Z', '9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00Z', '2026-06-30T23:59:60Z'],
  ...['2026-02-29T00:00:00Z', '2026-11-23t12:00:00.999999999z', '2999-01-01T00:00:00Z', '1970-01-01T00:00:00+23:59'],
]

/** Parts of lines: what hurts anywhere, moments, and the token in the wrong place. */
const leaf = fc.oneof(
  { arbitrary: leafText, weight: 6 },
  { arbitrary: fc.constantFrom(...MOMENTS, ...Object.values(SECRETS)).map((text) => JSON.stringify(text)), weight: 2 },
  { arbitrary: fc.constant(`{"nested":{"token":"${SECRETS.refreshToken}"}}`), weight: 1 },
)

const wholeLine = fc
  .tuple(fc.constantFrom(...STRATEGIES), fc.nat({ max: 5 }), alterations(leaf))
  .map(([strategy, number, changes]) => alteredText(goodLine(strategy, number), changes))

function goodLine(strategy: (typeof STRATEGIES)[number], number: number) {
  const { kind, ...credential } = credentialOf(strategy, false)
  const moments = { issuedAt: '2026-01-01T00:00:00Z', refreshTokenExpiresAt: '2027-01-01T00:00:00Z' }
  const line = { platform: strategy.platform, externalId: String(number), meta: { followers: 1 }, displayName: 'Brand' }
  return aLine(line, { ...(kind === null ? {} : { kind }), ...moments, ...credential })
}

const MEMBERS = [...Object.keys(aLine()), 'meta', 'kind', 'accessToken', 'refreshToken', 'dpopKey', 'pdsUrl', 'issuer']

const anyLine = fc.oneof(
  { arbitrary: wholeLine, weight: 6 },
  { arbitrary: brokenText(wholeLine), weight: 1 },
  { arbitrary: jsonText(MEMBERS), weight: 1 },
)

test(
  'any line is an account, or is refused with its number and by a member, without a token',
  () => {
    fc.assert(
      fc.property(anyLine, (text) => judge(readAccount({ number: 7, kind: 'text', text }, rules))),
      effort(1500),
    )
  },
  PATIENCE_MS,
)

function judge(read: ReadLine): void {
  if (read.kind === 'refused') {
    expect(read.line).toBe(7)
    expect(read.problems.length).toBeGreaterThan(0)
    const message = read.problems.map(({ member, problem }) => `${member}: ${problem}`).join('; ')
    expect(message).toMatch(/^[\x20-\x7e]+$/)
    for (const secret of Object.values(SECRETS)) expect(message).not.toContain(secret)
    return
  }
  const { credential, strategy, line, ...visible } = read.account
  expect(line).toBe(7)
  expect(findUnwritable(visible)).toEqual([])
  for (const secret of Object.values(credential)) {
    if (typeof secret !== 'string' || !secret.startsWith('SECRET')) continue
    expect(JSON.stringify(visible)).not.toContain(secret)
  }
}

/** Moments that the list could not write. */
const findUnwritable = (members: object) =>
  Object.values(members).filter((value) => value instanceof Date && !/^\d{4}-/.test(value.toISOString()))

test(
  'any bytes are lines, and their numbers count up',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), async (chunks) => {
        const bytes = Buffer.concat(chunks)
        const numbers: number[] = []
        for await (const { number } of readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), 40)) {
          numbers.push(number)
        }

        expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
        expect(numbers.at(-1) ?? 0).toBeLessThanOrEqual(bytes.toString('latin1').split('\n').length)
      }),
      effort(500),
    )
  },
  PATIENCE_MS,
)

test(
  'any file is stored whole or not at all',
  async () => {
    await using database = await aDatabase()

    await fc.assert(
      fc.asyncProperty(fc.array(anyLine, { minLength: 1, maxLength: 4 }), async (texts) => {
        const lines = texts.map((text) => text.replaceAll('\n', ' '))
        const { summary, refusedLines } = await importAll(database, lines)

        const [stored] = await database.query<{ count: number }>(
          'select count(*)::integer as count from social_accounts',
        )
        const isWhole = summary.refused === 0
        expect(summary.refused).toBe(refusedLines.size)
        expect(stored?.count).toBe(isWhole ? summary.accounts : 0)
        if (isWhole) expect(summary.accounts).toBe(lines.filter((line) => line.trim() !== '').length)
        await database.query('delete from social_accounts')
      }),
      costlyEffort(100),
    )
  },
  PATIENCE_MS,
)

async function importAll(database: TestDatabase, lines: readonly string[]) {
  const refusedLines = new Set<number>()
  const summary: ImportSummary = await importAccounts(
    database.db,
    Readable.from([Buffer.from(`${lines.join('\n')}\n`)]),
    {
      vault,
      allowPrivateNetwork: false,
      onRefused: (line) => void refusedLines.add(line),
      onAccounts: async () => {},
    },
  )
  return { summary, refusedLines }
}
