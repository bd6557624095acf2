import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { addReadOnly } from './read-only.ts'

const OWN_FILES = fileURLToPath(new URL('static/', import.meta.url))

/** What the page may do: nothing inline, nothing from elsewhere, and no text ever becomes markup. */
const POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ')

/** `GET /`: the page for people, from files of ours and no build. It is given no data: it asks with the caller's key. */
export async function pageRoutes(server: FastifyInstance): Promise<void> {
  server.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', POLICY)
  })
  await server.register(fastifyStatic, {
    root: OWN_FILES,
    prefix: '/page/',
    index: false,
    cacheControl: false,
    allowedPath: (path) => /\.(html|js|css|svg)$/.test(path),
  })
  await server.register(fastifyStatic, {
    root: findLit(),
    prefix: '/page/lit-html/',
    index: false,
    cacheControl: false,
    decorateReply: false,
    // The page's modules and nothing else of the package.
    allowedPath: (path) => /^\/(directives\/)?[a-z-]+\.js$/.test(path),
  })
  server.addHook('onSend', async (_request, reply) => {
    // Asked for again before each use: the files of two versions do not mix.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
  })
  addReadOnly(server, '/', { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html'))
}

/** The folder of the package, whose main file for Node lies one below it. */
const findLit = () => resolve(dirname(createRequire(import.meta.url).resolve('lit-html')), '..')
