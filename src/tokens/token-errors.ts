/** The owner has to connect the account again: no waiting helps. The message is written for the owner. */
export class ReconnectRequired extends Error {
  override readonly name = 'ReconnectRequired'
  readonly accountId: string
  /** Of the account; DISCONNECTED also where there never was one. */
  readonly status: string

  constructor(accountId: string, { status, message }: { status: string; message: string }) {
    super(message)
    this.accountId = accountId
    this.status = status
  }
}

/** There is no usable token now, and there may be one later. Nobody has to connect anything again. */
export class TemporarilyUnavailable extends Error {
  override readonly name = 'TemporarilyUnavailable'
  readonly accountId: string
  /** The outcome of the attempt, or `paused`, `timeout`, `database`, `queue`, `unreadable`. */
  readonly reason: string
  /** When it is tried again by itself; null: not known. */
  readonly retryAt: Date | null

  constructor(
    accountId: string,
    {
      reason,
      message,
      retryAt = null,
      cause,
    }: { reason: string; message: string; retryAt?: Date | null; cause?: unknown },
  ) {
    super(message, { cause })
    this.accountId = accountId
    this.reason = reason
    this.retryAt = retryAt
  }
}
