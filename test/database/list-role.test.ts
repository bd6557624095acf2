import { describe, expect, test } from 'vitest'
import { noteKeyUse } from '../../src/database/api-keys.ts'
import { type Database, inTransaction, openDatabase } from '../../src/database/connect.ts'
import { BEGIN_LIST, findRightsProblem, openListDatabase } from '../../src/database/list-database.ts'
import { grantListRole, LIST_ROLE } from '../../src/database/list-role.ts'
import { migrate, readMigrations } from '../../src/database/migrate.ts'
import { aDatabase } from '../fixtures/database.ts'
import { silentLog } from '../fixtures/log.ts'
import { aLogin } from '../fixtures/login.ts'

const openList = (url: string) => openListDatabase(url, { connections: 3, log: silentLog })

const openPlain = (url: string) =>
  openDatabase(url, { connections: 3, name: 'test', log: silentLog, queryTimeoutMs: null })

/** As the list writes the one thing that it does: the role's rights alone are in the way. */
const write = (db: Database, sql: string) =>
  inTransaction(db, `begin read write; ${BEGIN_LIST}`, (client) => client.query(sql))

const DENIED = [
  'select sealed from account_credentials',
  'select account_id from account_credentials',
  'select count(*) from account_credentials',
  'table account_credentials',
  'select lease_id from refresh_schedule',
  'select worker from refresh_attempts',
  'select reason from platform_states',
  'select * from scan_state',
  'select name from api_keys',
  "update social_accounts set status = 'ACTIVE'",
  'update api_keys set workspace_ids = null',
  "insert into api_keys (digest, prefix, name) values ('a', 'b', 'c')",
  'delete from api_keys',
  'truncate social_accounts',
  'create table public.mine (id integer)',
]

describe('the role of the list module', () => {
  test('may read no secret and write nothing', async () => {
    await using database = await aDatabase()
    await using db = openList(database.url)

    for (const sql of DENIED) await expect(write(db, sql), sql).rejects.toThrow('permission denied')
  })

  test('may read what the list shows, and write the last use of a key alone', async () => {
    await using database = await aDatabase()
    await database.query("insert into api_keys (digest, prefix, name) values ('digest', 'prefix', 'name')")
    await using db = openList(database.url)

    expect((await db.query('select current_user as role')).rows).toEqual([{ role: LIST_ROLE }])
    for (const table of ['social_accounts', 'schema_migrations'])
      expect((await db.query(`select count(*) from ${table}`)).rowCount).toBe(1)
    await noteKeyUse(db, 'digest')
    expect(await database.query('select from api_keys where last_used_at is not null')).toHaveLength(1)
  })

  test('is read only where no transaction says otherwise, and its statements end', async () => {
    await using database = await aDatabase()
    await using db = openList(database.url)

    await expect(db.query('update api_keys set last_used_at = now()')).rejects.toThrow('read-only transaction')
    expect((await db.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '10s' }])
    expect((await db.query('show idle_in_transaction_session_timeout')).rows).toEqual([
      { idle_in_transaction_session_timeout: '1min' },
    ])
  })

  test('is made and given its rights by many at once, in many databases', async () => {
    await using one = await aDatabase()
    await using two = await aDatabase()

    const states = await Promise.all([one, two, one, two, one, two].map(({ db }) => grantListRole(db)))

    expect(states).toEqual(states.map(() => ({ kind: 'ready', isMember: true })))
  })

  test('loses what it was given besides', async () => {
    await using database = await aDatabase()
    await database.query(`grant select on account_credentials, scan_state to ${LIST_ROLE}`)
    await database.query(`grant update (name) on api_keys to ${LIST_ROLE}`)

    await grantListRole(database.db)

    await using db = openList(database.url)
    expect(await findRightsProblem(db)).toBeNull()
    await expect(db.query('table scan_state')).rejects.toThrow('permission denied')
    await expect(write(db, "update api_keys set name = 'x'")).rejects.toThrow('permission denied')
  })
})

describe('a login of the list module', () => {
  test('that is a member of the role is all that it needs', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database, LIST_ROLE)
    await using db = openList(login.url)

    expect(await findRightsProblem(db)).toBeNull()
    await expect(db.query('table account_credentials')).rejects.toThrow('permission denied')
    await db.query('reset role')
    await expect(db.query('table account_credentials')).rejects.toThrow('permission denied')
  })

  test('that may read the credentials and cannot become the role is refused', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database, 'select on all tables in schema public')
    await using db = openList(login.url)

    expect(await findRightsProblem(db)).toContain('may read the credentials')
  })

  test('that may read one column of them is refused too', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database, 'select (sealed) on account_credentials')
    await using db = openList(login.url)

    expect(await findRightsProblem(db)).toContain('may read the credentials')
  })

  test('that may not even read the accounts is refused', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database)
    await using db = openList(login.url)

    expect(await findRightsProblem(db)).toBe(
      `"${login.name}" may not read the accounts: make it a member of ${LIST_ROLE}`,
    )
  })
})

describe('a login that migrates and may not make roles', () => {
  test('gives the rights on its own tables to the role that is there', async () => {
    await using database = await aDatabase({ empty: true })
    await using login = await aLogin(database, 'create, usage on schema public')
    await using db = openPlain(login.url)
    await migrate(db, await readMigrations())

    expect(await grantListRole(db)).toEqual({ kind: 'ready', isMember: false })

    await using reader = await aLogin(database, LIST_ROLE)
    await using list = openList(reader.url)
    expect(await findRightsProblem(list)).toBeNull()
  })

  test('is told what somebody has to run who may', async () => {
    await using database = await aDatabase()
    await using login = await aLogin(database)
    await using db = openPlain(login.url)

    expect(await grantListRole(db)).toEqual({
      kind: 'forbidden',
      statements: [`create role ${LIST_ROLE};`, `grant ${LIST_ROLE} to ${login.name};`],
    })
  })
})
