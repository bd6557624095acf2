/** Codes of the error envelope; clients branch on them, so a code is never renamed. */
export const PROBLEMS = {
  VALIDATION_FAILED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** A request that is not answered as asked; becomes the error envelope. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly statusCode: number

  constructor(code: ProblemCode, message: string) {
    super(message)
    this.code = code
    this.statusCode = PROBLEMS[code]
  }
}

/** The body of every failure. */
export const envelope = (problem: Problem, requestId: string) => ({
  statusCode: problem.statusCode,
  code: problem.code,
  message: problem.message,
  requestId,
})
