import type { Readable, Writable } from 'node:stream'
import type { Environment } from '../config.ts'

/** The process as a command sees it: where it reads and writes, and how it learns that it is to stop. */
export interface Terminal {
  readonly env: Environment
  readonly input: Readable
  /** Data. */
  readonly output: Writable
  /** Messages for people. */
  readonly messages: Writable
  /** Names this process in logs and in the history of attempts. */
  readonly processName: string
  /** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
  untilStopped(): Promise<void>
}

/** A command that cannot do what it was asked: the message goes to the person, the exit code is 1. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** Whether a person sees the stream as it is written, and not a file or another program. */
export const isTerminal = (stream: Writable): boolean => 'isTTY' in stream && stream.isTTY === true

/** Writes and waits when the reader is slow, so that a long output does not collect in memory. */
export async function print(stream: Writable, text: string): Promise<void> {
  if (stream.write(`${text}\n`)) return
  await new Promise<void>((drained) => stream.once('drain', drained))
}
