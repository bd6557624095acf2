import { DatabaseError } from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { groupCommit } from '../../src/database/group-commit.ts'

/** A database that answers when the test says so, and writes down what went together. */
function aCommitter({ most = 10, patienceMs = 60_000 } = {}) {
  const groups: string[][] = []
  const alone: string[] = []
  const open: { resolve: (results: (string | null)[]) => void; reject: (error: Error) => void }[] = []
  const commit = groupCommit<string, string>({
    ...{ most, patienceMs },
    keyOf: (item) => item,
    commitTogether(items) {
      groups.push([...items])
      const { promise, resolve, reject } = Promise.withResolvers<(string | null)[]>()
      open.push({ resolve, reject })
      return promise
    },
    async commitAlone(item) {
      alone.push(item)
      if (item === 'poison') throw new Error('refused')
      return `${item} alone`
    },
  })
  /** Ends the statement that began first. */
  const answer = (
    withResults: (items: string[]) => (string | null)[] = (items) => items.map((item) => `${item} saved`),
  ) => open.shift()?.resolve(withResults(groups[groups.length - open.length - 1] ?? []))
  const fail = (error: Error) => open.shift()?.reject(error)
  return {
    commit,
    groups,
    alone,
    answer,
    fail,
    began: (count: number) => vi.waitFor(() => expect(groups).toHaveLength(count)),
  }
}

describe('a group commit', () => {
  test('takes together what is asked for at the same time, and tells each its own', async () => {
    const { commit, groups, answer, began } = aCommitter()
    const all = Promise.all([commit('a'), commit('b'), commit('c')])
    await began(1)
    answer()

    expect(await all).toEqual(['a saved', 'b saved', 'c saved'])
    expect(groups).toEqual([['a', 'b', 'c']])
  })

  test('takes together what comes while a statement runs', async () => {
    const { commit, groups, answer, began } = aCommitter()
    const first = commit('a')
    await began(1)
    const others = [commit('b'), commit('c')]
    answer()
    await first
    await began(2)
    answer()

    expect(await Promise.all(others)).toEqual(['b saved', 'c saved'])
    expect(groups).toEqual([['a'], ['b', 'c']])
  })

  test('never takes two of one key together, nor more than it may', async () => {
    const { commit, groups, answer, began } = aCommitter({ most: 2 })
    const all = Promise.all(['a', 'a', 'b', 'c'].map(commit))
    for (const statement of [1, 2, 3]) {
      await began(statement)
      answer()
    }

    await all
    expect(groups).toEqual([['a'], ['a', 'b'], ['c']])
  })

  test('takes a statement apart that is refused: one row sinks no other', async () => {
    const { commit, alone, fail, began } = aCommitter()
    const all = Promise.allSettled([commit('a'), commit('poison'), commit('b')])
    await began(1)
    fail(Object.assign(new Error('duplicate key'), { code: '23505' }))

    expect(await all).toEqual([
      { status: 'fulfilled', value: 'a alone' },
      { status: 'rejected', reason: new Error('refused') },
      { status: 'fulfilled', value: 'b alone' },
    ])
    expect(alone).toEqual(['a', 'poison', 'b'])
  })

  test.each(['40P01', '55P03', '57014'])('takes a statement apart that one row may have ended: %s', async (code) => {
    const { commit, fail, began } = aCommitter()
    const all = Promise.all([commit('a'), commit('b')])
    await began(1)
    fail(Object.assign(new DatabaseError('one row', 7, 'error'), { code }))

    expect(await all).toEqual(['a alone', 'b alone'])
  })

  test('lets go alone what a statement left out', async () => {
    const { commit, answer, began } = aCommitter()
    const all = Promise.all([commit('a'), commit('held'), commit('b')])
    await began(1)
    answer((items) => items.map((item) => (item === 'held' ? null : `${item} saved`)))

    expect(await all).toEqual(['a saved', 'held alone', 'b saved'])
  })

  test('asks a database that is away once, and tells everybody', async () => {
    const { commit, alone, fail, began } = aCommitter()
    const all = Promise.allSettled([commit('a'), commit('b')])
    await began(1)
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    fail(away)

    expect(await all).toEqual([
      { status: 'rejected', reason: away },
      { status: 'rejected', reason: away },
    ])
    expect(alone).toEqual([])
  })

  test('lets the next statement run beside one that takes its time', async () => {
    const { commit, answer, began } = aCommitter({ patienceMs: 1 })
    const slow = commit('slow')
    await began(1)
    const next = commit('next')
    await began(2)
    answer()
    answer()

    expect(await Promise.all([slow, next])).toEqual(['slow saved', 'next saved'])
  })
})
