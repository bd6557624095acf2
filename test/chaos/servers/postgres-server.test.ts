import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withConnection } from '../../../src/database/connect.ts'
import { startPostgresServer } from './postgres-server.ts'

const query = (url: string, sql: string) => withConnection(url, async (client) => (await client.query(sql)).rows)

test('a PostgreSQL keeps port and commits over a stop and a crash, and changes its settings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-test-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const server = stack.use(await startPostgresServer(folder))
  const url = await server.urlOf('chaos')
  expect(await server.urlOf('chaos')).toBe(url)
  expect(await query(url, "select current_setting('fsync') as fsync")).toEqual([{ fsync: 'on' }])

  await query(url, 'create table seen (number integer)')
  await query(url, 'insert into seen values (1)')
  await server.stop('immediate')
  await expect(query(url, 'select')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await server.start()
  expect(await query(url, 'select number from seen')).toEqual([{ number: 1 }])

  await server.change({ max_connections: '20', default_transaction_read_only: 'on' })
  await expect(query(url, 'insert into seen values (2)')).rejects.toMatchObject({ code: '25006' })
  await server.change({ default_transaction_read_only: null })
  await query(url, 'insert into seen values (3)')
  await server.stop('fast')
  await server.start()

  expect(await query(url, 'select number from seen order by number')).toEqual([{ number: 1 }, { number: 3 }])
  expect(await server.administer('show max_connections')).toEqual([{ max_connections: '20' }])
})
