// Starts a real Bluesky server (the reference PDS) and a PLC directory on free loopback ports, prints where they are as
// one line of JSON, and runs until it is killed. In a process and a package of its own: it brings 570 packages.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { openSession, registerClient } from './oauth-sessions.mjs'

// Before the import: otherwise a log line per request.
process.env.LOG_ENABLED = 'false'
const { PDS } = await import('@atproto/pds')
const { Database, PlcServer } = await import('@did-plc/server')

const plcPort = await freePort()
const plc = PlcServer.create({ db: Database.mock(), port: plcPort })
await plc.start()

const dataDirectory = await mkdtemp(join(tmpdir(), 'local-pds-'))
const port = await freePort()
const adminPassword = randomUUID()
const pds = await PDS.fromEnv({
  devMode: true,
  hostname: 'localhost',
  port,
  dataDirectory,
  blobstoreDiskLocation: join(dataDirectory, 'blobs'),
  jwtSecret: randomUUID(),
  adminPassword,
  plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  didPlcUrl: `http://localhost:${plcPort}`,
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  // Required, and never contacted here.
  bskyAppViewUrl: 'https://appview.invalid',
  bskyAppViewDid: 'did:example:invalid',
  disableSsrfProtection: true,
})
await pds.start()

// What the tests cannot do over the server's own interface.
const controls = { '/clients': registerClient, '/sessions': openSession }
const controlPort = await freePort()
const control = createHttpServer(async (request, response) => {
  const result = await controls[request.url](pds, await json(request)).catch((error) => ({ problem: String(error) }))
  response.end(JSON.stringify(result ?? {}))
}).listen(controlPort, '127.0.0.1')

const servers = {
  url: `http://localhost:${port}`,
  plcUrl: `http://localhost:${plcPort}`,
  controlUrl: `http://127.0.0.1:${controlPort}`,
  adminPassword,
}
process.stdout.write(`${JSON.stringify(servers)}\n`)

process.once('SIGTERM', async () => {
  control.closeAllConnections()
  control.close()
  await pds.destroy()
  await plc.destroy()
  await rm(dataDirectory, { recursive: true, force: true })
  process.exit(0)
})

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
