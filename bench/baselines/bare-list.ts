import process from 'node:process'
import Fastify from 'fastify'
import { Pool } from 'pg'

// A list as one would write it in ten minutes: no key, no limit, no check of what goes in or out. Its query reads
// what that of src/database/visible-accounts.ts reads, its pool is as large as that of the list module.

const QUERY = `
select a.id, a.workspace_id as "workspaceId", a.platform, a.external_id as "externalId", a.handle,
  a.display_name as "displayName", a.avatar_url as "avatarUrl", a.status, a.scopes, a.connected_at as "connectedAt",
  a.last_refreshed_at as "lastRefreshedAt", a.token_expires_at as "tokenExpiresAt",
  a.last_refresh_attempt_at as "lastRefreshAttemptAt", a.last_refresh_error as "lastRefreshError",
  a.last_refresh_error_status as "lastRefreshErrorStatus", a.meta, a.default_board_id as "defaultBoardId"
from social_accounts a
where a.status <> 'DISCONNECTED' and ($1::text[] is null or a.workspace_id = any($1))
order by a.connected_at desc, a.id desc`

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const server = Fastify()

server.get<{ Querystring: { workspaceId: string } }>('/social-accounts', async (request, reply) => {
  const { rows } = await pool.query(QUERY, [[request.query.workspaceId]])
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(rows))
})

console.log(await server.listen({ host: '127.0.0.1', port: 0 }))
