import { describe, expect, test } from 'vitest'
import { openSlowStart, type SlowStart } from '../../src/refresh/slow-start.ts'

/** Sends many in; tells how many are inside, and lets one out at a time. */
function crowd(gate: SlowStart, count: number) {
  const inside: (() => void)[] = []
  let sentAway = 0
  for (let at = 0; at < count; at++) {
    void gate.enter().then((leave) => {
      if (leave === null) sentAway++
      else inside.push(leave)
    })
  }
  const settle = () => new Promise<void>((done) => setImmediate(done))
  return {
    inside: () => settle().then(() => inside.length),
    sentAway: () => settle().then(() => sentAway),
    leave: () => inside.shift()?.(),
  }
}

describe('a slow start', () => {
  test('lets three in at first, and the next when one leaves', async () => {
    const gate = openSlowStart(20, () => {})
    const many = crowd(gate, 50)
    expect(await many.inside()).toBe(3)

    many.leave()

    expect(await many.inside()).toBe(3)
  })

  test('opens for one more with every good answer, up to the limit', async () => {
    const gate = openSlowStart(20, () => {})
    const many = crowd(gate, 50)

    const seen: number[] = []
    for (let answers = 0; answers < 18; answers++) {
      gate.widen()
      seen.push(await many.inside())
    }

    expect(seen).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20])
  })

  test('starts again when the app is in trouble: whoever is inside finishes, nobody follows', async () => {
    const gate = openSlowStart(20, () => {})
    const many = crowd(gate, 50)
    for (let answers = 0; answers < 17; answers++) gate.widen()
    expect(await many.inside()).toBe(20)

    gate.narrow()
    for (let at = 0; at < 17; at++) many.leave()

    expect(await many.inside()).toBe(3)
  })

  test('starts again at the first good answer after an outage, and not after some dead accounts', async () => {
    let restarts = 0
    const gate = openSlowStart(20, () => restarts++)
    const many = crowd(gate, 100)
    for (let answers = 0; answers < 17; answers++) gate.widen()
    expect(await many.inside()).toBe(20)

    for (let failures = 0; failures < 19; failures++) gate.falter()
    gate.widen()
    expect(restarts).toBe(0)
    for (let failures = 0; failures < 20; failures++) gate.falter()
    gate.widen()
    for (let at = 0; at < 20; at++) many.leave()

    expect(restarts).toBe(1)
    expect(await many.inside()).toBe(4)
  })

  test('never lets more in than the limit', async () => {
    const many = crowd(
      openSlowStart(1, () => {}),
      5,
    )

    expect(await many.inside()).toBe(1)
  })

  test('lets fewer in when turns are long in coming, never fewer than one, and more again when they are not', async () => {
    const gate = openSlowStart(20, () => {})
    const many = crowd(gate, 50)
    expect(await many.inside()).toBe(3)

    gate.widen(true)
    for (let failures = 0; failures < 5; failures++) gate.tighten()
    for (const leaves of [1, 2, 3]) {
      many.leave()
      expect(await many.inside()).toBe(Math.max(1, 3 - leaves))
    }
    gate.widen()

    expect(await many.inside()).toBe(2)
  })

  test('hears of the end of an outage also from one that had waited long', () => {
    let restarts = 0
    const gate = openSlowStart(20, () => restarts++)
    for (let failures = 0; failures < 20; failures++) gate.falter()

    gate.widen(true)

    expect(restarts).toBe(1)
  })

  test('sends a company away and lets the others wait on', async () => {
    const gate = openSlowStart(1, () => {})
    const leave = await gate.enter()
    const company = {}
    const together = [gate.enter(company), gate.enter(company)]
    const other = gate.enter()

    gate.sendAway(company)

    expect(await Promise.all(together)).toEqual([null, null])
    leave?.()
    expect(await other).toBeTypeOf('function')
  })

  test('sends everybody away who waits when it closes', async () => {
    const gate = openSlowStart(20, () => {})
    const many = crowd(gate, 10)
    expect(await many.inside()).toBe(3)

    gate.close()

    expect(await many.sentAway()).toBe(7)
    expect(await gate.enter()).toBeNull()
  })

  test('lets those go ahead that somebody asked for, up to the limit and not to what is open', async () => {
    const gate = openSlowStart(5, () => {})
    const many = crowd(gate, 10)
    expect(await many.inside()).toBe(3)

    const order: string[] = []
    const asked = ['one', 'two', 'three'].map((name) => gate.enterAhead().then(() => order.push(name)))
    await Promise.all(asked.slice(0, 2))
    expect(order).toEqual(['one', 'two'])
    many.leave()
    await asked[2]

    expect(await many.inside()).toBe(2)
  })

  test('keeps those that go ahead when it closes', async () => {
    const gate = openSlowStart(1, () => {})
    const leave = await gate.enter()
    const asked = gate.enterAhead()

    gate.close()
    leave?.()

    expect(await asked).toBeTypeOf('function')
  })
})
