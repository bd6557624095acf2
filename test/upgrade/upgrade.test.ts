import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { readMigrations } from '../../src/database/migrate.ts'
import { aDatabase, type TestDatabase } from '../fixtures/database.ts'
import { aKeyFor, PATH } from '../fixtures/list.ts'
import { type Running, run } from '../fixtures/process.ts'
import { aFleet, BUSY_MACHINE_MS, errorsOf, untilItRenews, WAIT_MS } from './fleet.ts'
import { aPreviousVersion } from './previous-version.ts'

/** Asks the list of a daemon over and over; the result is every answer that was not 200, when the daemon has gone. */
async function watchList(database: TestDatabase, daemon: Running): Promise<() => Promise<string[]>> {
  const authorization = await aKeyFor(database, null)
  const findUrl = () => /"listUrl":"(http[^"]+)"/.exec(daemon.stdout())?.[1]
  await vi.waitFor(() => expect(findUrl(), daemon.stderr()).toBeDefined(), WAIT_MS)
  let isOver = false
  const watched = (async () => {
    const refused: string[] = []
    let answers = 0
    for (; !isOver; answers++) {
      const answer = await fetch(`${findUrl()}${PATH}`, { headers: { authorization } })
      if (answer.status !== 200) refused.push(`${answer.status} ${await answer.text()}`)
      else await answer.arrayBuffer()
      await wait(50)
    }
    return answers === 0 ? ['never asked'] : refused
  })()
  return () => {
    isOver = true
    return watched
  }
}

test('the archive is the version before the newest migration, and runs on our packages', async () => {
  await using previous = await aPreviousVersion()
  const ours: Record<string, string> = packageJson.dependencies
  const major = (version: string | undefined) => version?.split('.')[0]

  const names = (await readMigrations()).map(({ name }) => name)
  expect(previous.migrations, 'make test/upgrade/previous-version.tar.gz anew: see previous-version.ts').toEqual(
    names.slice(0, -1),
  )
  for (const [name, version] of Object.entries(previous.dependencies)) {
    expect(`${name} ${major(ours[name])}`).toBe(`${name} ${major(version)}`)
  }
})

test('a daemon of the version before and a new one work side by side, from before the migration until after it', {
  timeout: BUSY_MACHINE_MS,
}, async () => {
  await using database = await aDatabase({ empty: true })
  await using previous = await aPreviousVersion()
  const { root } = previous
  await using fleet = await aFleet(database)
  const { env, lines } = fleet
  await run(['migrate'], { env, root })
  expect(await run(['accounts', 'import', '-'], { env, root, input: lines })).toMatchObject({ code: 0 })

  await using early = fleet.start({ root })
  await using load = fleet.keepDue()
  const listOfEarly = await watchList(database, early)
  await using tooEarly = fleet.start()
  const newest = (await readMigrations()).at(-1)?.name
  expect(await tooEarly.ended).toMatchObject({
    code: 1,
    stderr: `The database's schema is old: it lacks ${newest}. Bring it up to date with: npm run -s cli -- migrate\n`,
  })

  expect(await run(['migrate'], { env })).toMatchObject({ code: 0, stderr: `Applied ${newest}.\n` })
  await using late = fleet.start({ root })
  await using current = fleet.start()
  const listOfCurrent = await watchList(database, current)
  for (const daemon of [early, late, current]) await untilItRenews(database, daemon)

  expect([await listOfEarly(), await listOfCurrent()]).toEqual([[], []])
  for (const daemon of [early, late]) daemon.signal('SIGTERM')
  for (const daemon of [early, late]) expect(await daemon.ended).toMatchObject({ code: 0 })
  await untilItRenews(database, current)
  await load.settle()
  current.signal('SIGTERM')

  expect(await current.ended).toMatchObject({ code: 0 })
  expect([early, late, current].flatMap(errorsOf)).toEqual([])
  await fleet.expectNothingLost()
})
