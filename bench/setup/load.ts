import { Pool } from 'undici'

export interface LoadOptions {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Requests under way at any moment, each on a connection of its own. */
  readonly atOnce: number
  readonly forMs: number
}

/**
 * Asks one address over and over.
 *
 * @returns answers per second
 * @throws at the first answer that is not 200
 */
export async function loadServer(origin: string, { path, headers = {}, atOnce, forMs }: LoadOptions): Promise<number> {
  const pool = new Pool(origin, { connections: atOnce })
  let answers = 0
  const startedMs = performance.now()
  const ask = async () => {
    while (performance.now() - startedMs < forMs) {
      const { statusCode, body } = await pool.request({ path, method: 'GET', headers })
      await body.dump()
      if (statusCode !== 200) throw new Error(`${path} was answered ${statusCode}`)
      answers++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, ask)).finally(() => pool.close())
  return (1000 * answers) / (performance.now() - startedMs)
}
