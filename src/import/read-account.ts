import type { Platform } from '../account.ts'
import type { Credential } from '../platforms/credential.ts'
import { findStrategy, STRATEGIES } from '../platforms/registry.ts'
import type { Strategy } from '../platforms/strategy.ts'
import { asObject, isDeeperThan, parseJson } from '../untrusted-json.ts'
import { checkCredential, readExtras } from './credential.ts'
import { checkShape, type ImportLine, type MemberProblem, nameOf } from './line-schema.ts'
import type { Line } from './lines.ts'

/** An account as a line of an import describes it. */
export interface ImportedAccount {
  readonly line: number
  readonly workspaceId: string
  readonly platform: Platform
  readonly externalId: string
  readonly handle: string
  readonly displayName: string | null
  readonly avatarUrl: string | null
  readonly scopes: readonly string[]
  readonly tokenExpiresAt: Date | null
  /** Null: now. */
  readonly connectedAt: Date | null
  readonly meta: object
  readonly defaultBoardId: string | null
  readonly strategy: Strategy
  readonly credential: Credential
  readonly issuedAt: Date | null
  readonly refreshTokenExpiresAt: Date | null
}

export type ReadLine =
  | { readonly kind: 'account'; readonly account: ImportedAccount }
  | { readonly kind: 'refused'; readonly line: number; readonly problems: readonly MemberProblem[] }

export interface ImportRules {
  readonly allowPrivateNetwork: boolean
  readonly now: Date
}

export const MOST_LINE_BYTES = 1024 * 1024
const CLOCK_TOLERANCE_MS = 10 * 60_000
const MOST_LEVELS = 64
const YEAR_10000_MS = Date.UTC(10_000, 0)

/** Reads one line of an import, or says everything that is wrong with it. */
export function readAccount(line: Line, rules: ImportRules): ReadLine {
  const refused = (...problems: MemberProblem[]): ReadLine => ({ kind: 'refused', line: line.number, problems })
  if (line.kind !== 'text') {
    return refused({ member: 'line', problem: line.kind === 'too_long' ? 'is longer than 1 MiB' : 'is not UTF-8 text' })
  }
  const json = parseJson(line.text)
  if (json === undefined) return refused({ member: 'line', problem: 'is not JSON: one object per line is expected' })

  const deep = checkDepth(json)
  if (deep.length > 0) return refused(...deep)
  const shape = checkShape(json)
  if ('problems' in shape) return refused(...shape.problems)
  const strategy = findStrategy(shape.line.platform, shape.line.credential.kind ?? null)
  if (strategy === null) return refused(unknownKind(shape.line))
  const problems = [...checkText(shape.line), ...checkMeaning(shape.line, strategy, rules)]
  return problems.length > 0
    ? refused(...problems)
    : { kind: 'account', account: toAccount(line.number, shape.line, strategy) }
}

function unknownKind({ platform, credential }: ImportLine): MemberProblem {
  const kinds = STRATEGIES.filter((strategy) => strategy.platform === platform).map(({ kind }) => kind)
  if (kinds.length === 0) {
    const known = [...new Set(STRATEGIES.map((strategy) => strategy.platform))].join(', ')
    return { member: 'platform', problem: `must be one of ${known}` }
  }
  const named = kinds.filter((kind) => kind !== null)
  const problem = named.length > 0 ? `must be one of ${named.join(', ')}` : `is not used for ${platform}: leave it out`
  return { member: credential.kind === null ? 'credential' : 'credential.kind', problem }
}

/** Nothing that we or Postgres write JSON with gets to the end of what is nested without one. */
function checkDepth(json: unknown): MemberProblem[] {
  const members = Object.entries(asObject(json))
  return (members.length === 0 ? [['line', json] as const] : members)
    .filter(([, value]) => isDeeperThan(MOST_LEVELS, value))
    .map(([member]) => ({ member: nameOf(member), problem: `is nested deeper than ${MOST_LEVELS} levels` }))
}

/** Postgres stores no NUL, and no half of a surrogate pair. */
function checkText(line: ImportLine): MemberProblem[] {
  return Object.entries(line).flatMap(([member, value]) => {
    const text = JSON.stringify(value)
    const isStorable = !text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text)
    return isStorable ? [] : [{ member, problem: 'holds characters that cannot be stored' }]
  })
}

function checkMeaning(line: ImportLine, strategy: Strategy, rules: ImportRules): MemberProblem[] {
  const { credential } = line
  const problems: MemberProblem[] = []
  const complain = (member: string, problem: string) => problems.push({ member, problem })

  if (line.defaultBoardId != null && line.platform !== 'PINTEREST') complain('defaultBoardId', 'is for PINTEREST only')
  for (const [name, text] of Object.entries({
    connectedAt: line.connectedAt,
    'credential.issuedAt': credential.issuedAt,
  })) {
    const isFuture = text != null && new Date(text).getTime() > rules.now.getTime() + CLOCK_TOLERANCE_MS
    if (isFuture) complain(name, 'must not be in the future')
  }
  const moments = { tokenExpiresAt: line.tokenExpiresAt, connectedAt: line.connectedAt }
  const { issuedAt, refreshTokenExpiresAt, userTokenExpiresAt } = credential
  const inside = { issuedAt, refreshTokenExpiresAt, userTokenExpiresAt }
  for (const [name, text] of [
    ...Object.entries(moments),
    ...Object.entries(inside).map(([n, t]) => [`credential.${n}`, t] as const),
  ]) {
    if (text == null || isKeepable(new Date(text))) continue
    complain(name, 'must be a moment from 1970 to 9999')
  }
  problems.push(...checkCredential(line, strategy, rules))
  return problems
}

function toAccount(number: number, line: ImportLine, strategy: Strategy): ImportedAccount {
  const { accessToken, refreshToken, refreshTokenExpiresAt, issuedAt } = line.credential
  return {
    line: number,
    workspaceId: line.workspaceId,
    platform: strategy.platform,
    externalId: line.externalId,
    handle: line.handle,
    displayName: line.displayName ?? null,
    avatarUrl: line.avatarUrl ?? null,
    scopes: line.scopes,
    tokenExpiresAt: moment(line.tokenExpiresAt),
    connectedAt: moment(line.connectedAt),
    meta: line.meta ?? {},
    defaultBoardId: line.defaultBoardId ?? null,
    strategy,
    credential: {
      kind: strategy.kind,
      accessToken,
      refreshToken: refreshToken ?? null,
      ...readExtras(line.credential),
    },
    issuedAt: moment(issuedAt),
    refreshTokenExpiresAt: moment(refreshTokenExpiresAt),
  }
}

/** Not a leap second, which is no moment to a `Date`, and with four digits for the year in UTC. */
const isKeepable = (at: Date) => at.getTime() >= 0 && at.getTime() < YEAR_10000_MS

const moment = (text: string | null | undefined) => (text == null ? null : new Date(text))
