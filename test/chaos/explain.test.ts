import { describe, expect, test } from 'vitest'
import { aPresentation, at } from '../fixtures/oracle/a-presentation.ts'
import type { Interruption } from './daemons.ts'
import { explain } from './explain.ts'
import type { Strike } from './strike.ts'

const interruption = (kind: Interruption['kind'], fromMs: number, untilMs: number | null): Interruption => ({
  ...{ daemon: 'daemon-1', kind, at: at(fromMs), until: untilMs === null ? null : at(untilMs) },
})
const strike = (fromMs: number, untilMs: number, cutsAnswers = true): Strike => ({
  ...{ fault: 'network', cutsAnswers, at: at(fromMs), endedAt: at(untilMs), recoveredMs: null },
})

// Shown at 10 s, answered 100 ms later.
const answered = aPresentation()

describe('a token may be presented again', () => {
  test('when the platform knows that nobody got its answer', () => {
    const explanation = explain(aPresentation({ isHandedOver: false }), { interruptions: [], strikes: [] })

    expect(explanation).toMatchObject({ kind: 'lost_on_the_way' })
  })

  test.each([
    { what: 'while it waited', killedAtMs: 10_050, kind: 'killed_before_answer', afterAnswerMs: -50 },
    { what: 'just after the answer', killedAtMs: 10_103, kind: 'killed_after_answer', afterAnswerMs: 3 },
  ])('when whoever presented it was killed $what', ({ killedAtMs, ...expected }) => {
    const interruptions = [interruption('killed', killedAtMs, null)]

    expect(explain(answered, { interruptions, strikes: [] })).toMatchObject({
      ...{ kind: expected.kind, daemon: 'daemon-1', afterAnswerMs: expected.afterAnswerMs },
    })
  })

  test('when any daemon was killed and nobody knows which one presented it', () => {
    const interruptions = [interruption('killed', 10_050, null)]

    expect(explain(aPresentation({ by: null }), { interruptions, strikes: [] })).not.toBeNull()
  })

  test('when whoever presented it stood still beyond its lease', () => {
    const interruptions = [interruption('frozen', 10_050, 110_050)]

    expect(explain(answered, { interruptions, strikes: [] })).toMatchObject({ kind: 'frozen' })
  })

  test('when answers were cut between the platform and the daemons', () => {
    expect(explain(answered, { interruptions: [], strikes: [strike(9000, 10_010)] })).toMatchObject({
      kind: 'lost_on_the_way',
    })
  })
})

describe('a token may not be presented again', () => {
  test.each<{ what: string; interruptions?: Interruption[]; strikes?: Strike[] }>([
    { what: 'when nothing happened' },
    { what: 'after a kill long after the answer', interruptions: [interruption('killed', 15_000, null)] },
    { what: 'after a kill before it was presented', interruptions: [interruption('killed', 1000, 9000)] },
    {
      what: 'after a kill of another daemon',
      interruptions: [{ ...interruption('killed', 10_050, null), daemon: 'daemon-2' }],
    },
    { what: 'after a SIGTERM, which waits', interruptions: [interruption('stopped', 10_050, 12_000)] },
    { what: 'after a standstill shorter than the lease', interruptions: [interruption('frozen', 10_050, 30_000)] },
    { what: 'after a blocked event loop', interruptions: [interruption('stalled', 10_050, 45_050)] },
    { what: 'after a fault that cuts no answers', strikes: [strike(9000, 11_000, false)] },
    { what: 'after a fault that was over', strikes: [strike(1000, 9000)] },
  ])('$what', ({ interruptions = [], strikes = [] }) => {
    expect(explain(answered, { interruptions, strikes })).toBeNull()
  })
})
