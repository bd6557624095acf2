import { countByKey } from '../../database/sealed-credentials.ts'
import { resealAll } from '../../sealing/reseal.ts'
import { count, openProgress } from '../progress.ts'
import { openMigratedSession, openVaultOf } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Seals every credential again with the first key; what is done already is not touched. */
export async function runRotate({ json }: { json?: true }, terminal: Terminal): Promise<void> {
  await using session = await openMigratedSession(terminal, { keys: true })
  const { db, config } = session
  const vault = await openVaultOf(config)
  const [first] = vault.kids
  let mayGoOn = true
  void terminal.untilStopped().then(() => {
    mayGoOn = false
  })

  const total = (await countByKey(db)).reduce((sum, { kid, credentials }) => sum + (kid === first ? 0 : credentials), 0)
  const progress = openProgress(terminal.messages, { label: `Re-sealing with "${first}"`, total })
  const { resealed, unreadable, unreadableCount, isStopped } = await resealAll(db, vault, {
    onProgress: (done) => progress.show(done),
    mayGoOn: () => mayGoOn,
  })
  progress.end()
  const keys = await countByKey(db)

  if (json) await print(terminal.output, JSON.stringify({ resealed, unreadable: unreadableCount, keys }))
  await print(terminal.messages, `Re-sealed ${count(resealed)} with "${first}".`)
  if (isStopped) throw new Refusal('Stopped. What is done stays done: the same command goes on from here.')
  if (unreadableCount > 0) {
    const more = unreadableCount > unreadable.length ? ' …' : ''
    const whose = `${unreadable.join(', ')}${more}`
    throw new Refusal(`No key opens ${count(unreadableCount)}: add theirs to TOKEN_ENCRYPTION_KEYS. ${whose}`)
  }
  const others = keys.filter(({ kid }) => kid !== first).map(({ kid }) => kid)
  if (others.length === 0) return print(terminal.messages, 'No other key is needed any more.')
  throw new Refusal(
    `Meanwhile some were sealed by ${others.join(', ')}: put "${first}" first for every daemon and import, then run it again.`,
  )
}
