import { Type } from 'typebox'

/** Codes of the error envelope; clients branch on them, so a code is never renamed. */
export const PROBLEMS = {
  VALIDATION_FAILED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemExtras {
  /** How long the caller should wait; also the header `retry-after`, in whole seconds. */
  readonly retryAfterMs?: number
  readonly details?: Readonly<Record<string, string>>
}

/** A request that is not answered as asked; becomes the error envelope. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly statusCode: number
  readonly extras: ProblemExtras

  constructor(code: ProblemCode, message: string, extras: ProblemExtras = {}) {
    super(message)
    this.code = code
    this.statusCode = PROBLEMS[code]
    this.extras = extras
  }
}

export const ErrorEnvelope = Type.Object(
  {
    statusCode: Type.Integer({ minimum: 400, maximum: 599, description: 'Copy of the HTTP status.' }),
    code: Type.String({
      pattern: '^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$',
      description: `Stable machine code: ${Object.keys(PROBLEMS).join(', ')}.`,
    }),
    message: Type.String({ minLength: 1, description: 'One English sentence; wording may change.' }),
    requestId: Type.String({
      pattern: '^req_[0-9A-Za-z]{20,32}$',
      description: 'The same as the header x-request-id.',
    }),
    retryAfterMs: Type.Optional(Type.Integer({ minimum: 0, description: 'How long to wait, in milliseconds.' })),
    details: Type.Optional(Type.Unsafe<unknown>({ description: 'What else there is to say.' })),
  },
  { $id: 'ErrorEnvelope', additionalProperties: true, description: 'The body of every failure.' },
)

export const envelope = ({ statusCode, code, message, extras }: Problem, requestId: string) => ({
  statusCode,
  code,
  message,
  requestId,
  ...extras,
})
