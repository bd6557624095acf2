import { channel } from 'node:diagnostics_channel'

/** The steps of an attempt, in their order. A refresh with several requests comes to those of sending several times. */
export const STEPS = [
  'before_claim',
  'after_claim',
  'before_send',
  'after_send',
  'after_answer',
  'before_commit',
  'after_commit',
  'at_end',
] as const

export type Step = (typeof STEPS)[number]

/** Tests subscribe to it by this name, from a module that Node loads before ours. */
const steps = channel('token-refresh-worker.attempt')

/**
 * Announces that an attempt has come to a step. Tests listen, and stop or kill the process right there.
 *
 * No setting, request or row leads to a listener: only who starts Node with a module of his own can be one. Without one
 * it costs a comparison.
 */
export function reach(step: Step): void {
  if (steps.hasSubscribers) steps.publish(step)
}

/** The same, once what runs now has run to its end, such as the writing of a request. */
export function reachNext(step: Step): void {
  if (steps.hasSubscribers) queueMicrotask(() => reach(step))
}
