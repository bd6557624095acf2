import type { Platform } from '../../src/account.ts'

/** A sequence that has broken an invariant, as the failure printed it. */
export interface Regression {
  readonly was: string
  readonly fleet: readonly Platform[]
  readonly sequence: string
}

/** What the model has found once. Each is tried first, so that it is not found twice. */
export const REGRESSIONS: readonly Regression[] = [
  {
    was: 'an import of the token that is being shown threw away its successor',
    fleet: ['X'],
    sequence: 'on demand(0),take(0),query(0),import again(0),send(0),answer: answered(0),query(0)',
  },
  {
    was: 'an import of a token in doubt forgot the doubt',
    fleet: ['X'],
    sequence:
      'on demand(0),take(0),query(0),send(0),answer: lost(0),query(0),import again(0),scan(0),take(0),query(0),send(0)',
  },
  {
    was: 'what waited in the queue when an operator paused the app was due in the year 9999',
    fleet: ['X'],
    sequence: 'pass 50 min(0),scan(0),pause app(0),take(0),query(0),resume app(0)',
  },
  {
    was: 'the time that a lease waited for the database was added to its clock',
    fleet: ['X'],
    sequence: 'operator(0),take(0),pass 3 s(0),query(0),send(0),answer: answered(0),query(0)',
  },
  {
    was: 'a new token was known to one process alone as long as its database was silent',
    fleet: ['X'],
    sequence: `on demand(0),take(0),query(0),send(0),answer: answered(0),pass 3 s(0),escrow(0),pass 100 s(0),on demand(0),
      pass 2 h(0),take(0),query(0),escrow(0),query(0),escrow(0),query(0),scan(0),take(0),query(0),send(0)`,
  },
]
