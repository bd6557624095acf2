import { once } from 'node:events'
import { createServer } from 'node:http'
import { performance } from 'node:perf_hooks'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'

export interface Platform extends AsyncDisposable {
  readonly origin: string
  /** Which token of each account works: they are numbered, as the versions of its credential are. */
  readonly current: Map<string, number>
  /** When the answer with the current token of each account was handed to the system, in milliseconds since 1970. */
  readonly answeredAtMs: Map<string, number>
  /** The moments of the answers since the last call. */
  takeAnswers(): number[]
  /** Tokens that were shown and were not the current one. */
  readonly refused: string[]
}

export const tokenOf = (externalId: string, version: number) => `${externalId}.${version}`

/** An X without grace that answers within 5 to 25 ms and remembers to whom, and exactly when. */
export async function startPlatform(): Promise<Platform> {
  const current = new Map<string, number>()
  const answeredAtMs = new Map<string, number>()
  const refused: string[] = []
  let answers: number[] = []
  const server = createServer(async (request, response) => {
    const shown = new URLSearchParams(await text(request)).get('refresh_token') ?? ''
    const [externalId = '', version] = shown.split('.')
    await wait(5 + 20 * Math.random())
    const next = Number(version) + 1
    const works = current.get(externalId) === Number(version)
    if (works) current.set(externalId, next)
    else refused.push(shown)
    answeredAtMs.delete(externalId)
    response.once('finish', () => {
      const atMs = performance.timeOrigin + performance.now()
      answeredAtMs.set(externalId, atMs)
      answers.push(atMs)
    })
    const body = works
      ? { access_token: `access-${externalId}-${next}`, refresh_token: tokenOf(externalId, next), expires_in: 7200 }
      : { error: 'invalid_request', error_description: 'Value passed for the token was invalid.' }
    response.writeHead(works ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    current,
    answeredAtMs,
    refused,
    takeAnswers() {
      const taken = answers
      answers = []
      return taken
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
