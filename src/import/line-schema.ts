import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'

const Text = (most: number) => Type.Unsafe<string>({ type: 'string', minLength: 1, maxLength: most })
const NullableText = (most: number) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1, maxLength: most }))
const NullableMoment = Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' }))

const TOKEN_LENGTH = 16_384

/**
 * The import format: what every line may hold. A member that is not in it is refused, because a misspelled
 * `refreshToken` would be found out when the account has died.
 */
export const ImportLine = Type.Object(
  {
    workspaceId: Type.Unsafe<string>({ type: 'string', pattern: '^\\S{1,64}$' }),
    platform: Text(64),
    externalId: Text(255),
    handle: Text(255),
    displayName: NullableText(1000),
    avatarUrl: NullableText(8192),
    scopes: Type.Array(Text(255), { maxItems: 1000 }),
    tokenExpiresAt: NullableMoment,
    connectedAt: NullableMoment,
    meta: Type.Optional(Type.Object({}, { additionalProperties: true })),
    defaultBoardId: NullableText(255),
    credential: Type.Object(
      {
        kind: NullableText(64),
        accessToken: Text(TOKEN_LENGTH),
        refreshToken: NullableText(TOKEN_LENGTH),
        refreshTokenExpiresAt: NullableMoment,
        issuedAt: NullableMoment,
        userAccessToken: NullableText(TOKEN_LENGTH),
        userTokenExpiresAt: NullableMoment,
        pdsUrl: NullableText(2048),
        did: NullableText(255),
        appPassword: NullableText(255),
        issuer: NullableText(2048),
        dpopKey: Type.Optional(Type.Unsafe<object | null>({ type: ['object', 'null'] })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type ImportLine = Static<typeof ImportLine>

const compiled = Compile(ImportLine)

/** What is wrong with one member of a line; never its value, which may be a token. */
export interface MemberProblem {
  readonly member: string
  readonly problem: string
}

/** Checks the shape of a parsed line. */
export function checkShape(value: unknown): { line: ImportLine } | { problems: MemberProblem[] } {
  if (compiled.Check(value)) return { line: value }
  const problems = compiled.Errors(value).flatMap(explain)
  return { problems: problems.length > 0 ? problems : [{ member: 'line', problem: 'is not an account' }] }
}

type SchemaError = ReturnType<typeof compiled.Errors>[number]

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
