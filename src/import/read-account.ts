import type { Platform } from '../account.ts'
import { refusalOfOrigin } from '../oauth/public-origin.ts'
import { describeDidDocument } from '../platforms/did.ts'
import { findStrategy, STRATEGIES } from '../platforms/registry.ts'
import type { Credential, Strategy } from '../platforms/strategy.ts'
import { parseJson } from '../untrusted-json.ts'
import { checkShape, type ImportLine, type MemberProblem } from './line-schema.ts'
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

/** Reads one line of an import, or says everything that is wrong with it. */
export function readAccount(line: Line, rules: ImportRules): ReadLine {
  const refused = (...problems: MemberProblem[]): ReadLine => ({ kind: 'refused', line: line.number, problems })
  if (line.kind !== 'text') {
    return refused({ member: 'line', problem: line.kind === 'too_long' ? 'is longer than 1 MiB' : 'is not UTF-8 text' })
  }
  const json = parseJson(line.text)
  if (json === undefined) return refused({ member: 'line', problem: 'is not JSON: one object per line is expected' })

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
  const connectedAt = moment(line.connectedAt)
  if (connectedAt !== null && connectedAt.getTime() > rules.now.getTime() + CLOCK_TOLERANCE_MS) {
    complain('connectedAt', 'must not be in the future')
  }
  const moments = { tokenExpiresAt: line.tokenExpiresAt, connectedAt: line.connectedAt }
  const inside = { issuedAt: credential.issuedAt, refreshTokenExpiresAt: credential.refreshTokenExpiresAt }
  for (const [name, text] of [
    ...Object.entries(moments),
    ...Object.entries(inside).map(([n, t]) => [`credential.${n}`, t] as const),
  ]) {
    if (text != null && !(new Date(text).getTime() >= 0)) complain(name, 'must not be before 1970')
  }
  const issuedAt = moment(credential.issuedAt)
  const tokenExpiresAt = moment(line.tokenExpiresAt)
  if (issuedAt !== null && tokenExpiresAt !== null && issuedAt >= tokenExpiresAt) {
    complain('credential.issuedAt', 'must be before tokenExpiresAt')
  }
  for (const name of ['accessToken', 'refreshToken', 'appPassword'] as const) {
    const secret = credential[name]
    if (secret != null && !/^[\x21-\x7e]+$/.test(secret))
      complain(`credential.${name}`, 'holds white space or characters that no token has')
    if (secret != null && JSON.stringify(line.meta ?? {}).includes(secret)) complain('meta', `holds the ${name}`)
  }
  for (const name of ['pdsUrl', 'did', 'appPassword'] as const) {
    const isForeign = credential[name] != null && !strategy.members.includes(name)
    if (isForeign) complain(`credential.${name}`, `is not used for this kind of ${line.platform} account`)
  }
  if (strategy.members.includes('pdsUrl')) problems.push(...checkHost(credential, rules))
  return problems
}

function checkHost({ pdsUrl, did }: ImportLine['credential'], { allowPrivateNetwork }: ImportRules): MemberProblem[] {
  const problems: MemberProblem[] = []
  if (pdsUrl == null && did == null) problems.push({ member: 'credential', problem: 'needs did or pdsUrl' })
  if (did != null && describeDidDocument(did, '') === null) {
    problems.push({ member: 'credential.did', problem: 'must be a did:plc or did:web' })
  }
  const refusal = pdsUrl == null ? null : refusalOfServer(pdsUrl, allowPrivateNetwork)
  return refusal === null ? problems : [...problems, { member: 'credential.pdsUrl', problem: refusal }]
}

function refusalOfServer(pdsUrl: string, allowPrivateNetwork: boolean): string | null {
  const url = URL.parse(pdsUrl)
  if (url === null || url.origin === 'null') return 'is not an address like https://bsky.social'
  if (url.pathname !== '/' || url.search !== '') return 'must be a server without a path'
  return allowPrivateNetwork ? null : refusalOfOrigin(pdsUrl)
}

function toAccount(number: number, line: ImportLine, strategy: Strategy): ImportedAccount {
  const {
    kind: _,
    accessToken,
    refreshToken,
    refreshTokenExpiresAt,
    issuedAt,
    pdsUrl,
    did,
    appPassword,
  } = line.credential
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
      ...(pdsUrl == null ? {} : { pdsUrl: new URL(pdsUrl).origin }),
      ...(did == null ? {} : { did }),
      ...(appPassword == null ? {} : { appPassword }),
    },
    issuedAt: moment(issuedAt),
    refreshTokenExpiresAt: moment(refreshTokenExpiresAt),
  }
}

const moment = (text: string | null | undefined) => (text == null ? null : new Date(text))
