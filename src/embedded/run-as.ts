import { access, constants } from 'node:fs/promises'
import { userInfo } from 'node:os'

/** How to start PostgreSQL, which refuses to run as root. */
export interface RunAs {
  /** Words to put before the command. */
  readonly prefix: readonly string[]
  /** Owner that its files need; null: whoever we are. */
  readonly owner: { readonly uid: number; readonly gid: number } | null
}

/** `nobody`, on every Linux. */
const NOBODY = { uid: 65_534, gid: 65_534 }
const SETPRIV = '/usr/bin/setpriv'

/**
 * Finds out how to start PostgreSQL here: as ourselves, or, for root, as nobody. The checkout may lie in a folder that
 * only root can enter (a temporary one, or /root), so nobody keeps the one capability to pass through folders.
 */
export async function findRunAs(): Promise<RunAs> {
  if (userInfo().uid !== 0) return { prefix: [], owner: null }
  await access(SETPRIV, constants.X_OK).catch((cause) => {
    throw new Error('the embedded PostgreSQL cannot run as root here: run as another user, or set DATABASE_URL', {
      cause,
    })
  })
  const capability = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search', '--securebits=+no_setuid_fixup']
  const ids = [`--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, '--clear-groups']
  return { prefix: [SETPRIV, ...ids, ...capability], owner: NOBODY }
}
