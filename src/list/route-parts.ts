import type { Database } from '../database/connect.ts'
import type { Admission, Caller } from './admission.ts'
import type { LargeAnswers } from './stream-batches.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: set before anything below `/api/v1` is answered. */
    caller: Caller
  }
}

/** What the addresses below `/api/v1` answer with. */
export interface RouteParts {
  readonly db: Database
  readonly admission: Admission
  readonly largeAnswers: LargeAnswers
}
