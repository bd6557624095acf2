import { Compile, type XStatic } from 'typebox/schema'

// Plain JSON Schema: what would build it, and check it as a type, is three times as much to load for every import.
const text = (most: number) => ({ type: 'string', minLength: 1, maxLength: most }) as const
const nullableText = (most: number) => ({ type: ['string', 'null'], minLength: 1, maxLength: most }) as const
const NULLABLE_MOMENT = { type: ['string', 'null'], format: 'date-time' } as const

const TOKEN_LENGTH = 16_384

const CREDENTIAL = {
  type: 'object',
  required: ['accessToken'],
  properties: {
    kind: nullableText(64),
    accessToken: text(TOKEN_LENGTH),
    refreshToken: nullableText(TOKEN_LENGTH),
    refreshTokenExpiresAt: NULLABLE_MOMENT,
    issuedAt: NULLABLE_MOMENT,
    userAccessToken: nullableText(TOKEN_LENGTH),
    userTokenExpiresAt: NULLABLE_MOMENT,
    pdsUrl: nullableText(2048),
    did: nullableText(255),
    appPassword: nullableText(255),
    issuer: nullableText(2048),
    dpopKey: { type: ['object', 'null'] },
  },
  additionalProperties: false,
} as const

/**
 * The import format: what every line may hold. A member that is not in it is refused, because a misspelled
 * `refreshToken` would be found out when the account has died.
 */
export const ImportLine = {
  type: 'object',
  required: ['workspaceId', 'platform', 'externalId', 'handle', 'scopes', 'credential'],
  properties: {
    workspaceId: { type: 'string', pattern: '^\\S{1,64}$' },
    platform: text(64),
    externalId: text(255),
    handle: text(255),
    displayName: nullableText(1000),
    avatarUrl: nullableText(8192),
    scopes: { type: 'array', items: text(255), maxItems: 1000 },
    tokenExpiresAt: NULLABLE_MOMENT,
    connectedAt: NULLABLE_MOMENT,
    meta: { type: 'object' },
    defaultBoardId: nullableText(255),
    credential: CREDENTIAL,
  },
  additionalProperties: false,
} as const
export type ImportLine = XStatic<typeof ImportLine>

const compiled = Compile(ImportLine)

/** What is wrong with one member of a line; never its value, which may be a token. */
export interface MemberProblem {
  readonly member: string
  readonly problem: string
}

/** Checks the shape of a parsed line. */
export function checkShape(value: unknown): { line: ImportLine } | { problems: MemberProblem[] } {
  if (compiled.Check(value)) return { line: value }
  const [, errors] = compiled.Errors(value)
  const problems = errors.flatMap(explain)
  return { problems: problems.length > 0 ? problems : [{ member: 'line', problem: 'is not an account' }] }
}

type SchemaError = ReturnType<typeof compiled.Errors>[1][number]

function explain({ keyword, instancePath, params }: SchemaError): MemberProblem[] {
  const member = instancePath.slice(1).replaceAll('/', '.')
  const path = (name: string) => (member === '' ? name : `${member}.${name}`)
  switch (keyword) {
    case 'required':
      return params.requiredProperties.map((name: string) => ({ member: path(name), problem: 'is missing' }))
    case 'additionalProperties':
      return params.additionalProperties.map((name: string) =>
        isName(name)
          ? { member: path(name), problem: 'is not a member of the format' }
          : { member: member === '' ? 'line' : member, problem: 'has a member that is not in the format' },
      )
    case 'boolean':
      // Said already, by the object that does not allow the member.
      return []
    default:
      return [{ member: member === '' ? 'line' : member, problem: describe(keyword, params) }]
  }
}

/** Others are not repeated: a line break makes two messages of one, and a terminal obeys what it is shown. */
const isName = (member: string) => /^\w{1,40}$/.test(member)

/** How a member of a line is named in a message. */
export const nameOf = (member: string): string => (isName(member) ? member : 'line')

function describe(keyword: string, params: object): string {
  const limit = 'limit' in params ? params.limit : ''
  switch (keyword) {
    case 'type':
      return `must be ${'type' in params ? [params.type].flat().join(' or ') : 'something else'}`
    case 'minLength':
      return 'must not be empty'
    case 'maxLength':
      return `is longer than ${limit} characters`
    case 'maxItems':
      return `has more than ${limit} items`
    case 'format':
      return 'must be a moment like 2026-11-23T12:00:00Z'
    case 'pattern':
      return 'must be 1 to 64 characters without white space'
    default:
      return 'is not valid'
  }
}
