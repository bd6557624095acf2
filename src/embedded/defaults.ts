import { join } from 'node:path'
import type { MasterKey } from '../master-key.ts'
import { readOrMakeSecret } from './secret-file.ts'

/** Name of the database in the embedded server. */
export const EMBEDDED_DATABASE = 'token_refresh_worker'

/** The key of the embedded default, made on first use in a file that only its owner reads. */
export async function readEmbeddedKeys(dataDir: string): Promise<MasterKey[]> {
  const base64 = await readOrMakeSecret(join(dataDir, 'encryption-key'), 'base64')
  return [{ kid: 'embedded', key: Buffer.from(base64, 'base64') }]
}
