/** A fault that struck. */
export interface Strike {
  readonly fault: string
  /** Answers of the platform may have been cut on their way, without the platform knowing. */
  readonly cutsAnswers: boolean
  readonly at: Date
  /** Null: it lasts. */
  endedAt: Date | null
  /** From its end until every account was fresh again; null: not yet, or not within the bound. */
  recoveredMs: number | null
}
