import { createReadStream } from 'node:fs'
import { access, appendFile, constants, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { App } from '../../app.ts'
import { type ImportSummary, importAccounts } from '../../import/import-accounts.ts'
import { configuredApps } from '../../platforms/registry.ts'
import { recogniseRetired } from '../../sealing/recognise-retired.ts'
import { openMigratedSession, openVaultOf } from '../session.ts'
import { print, Refusal, type Terminal } from '../terminal.ts'

/** Connects accounts from a file of one JSON object per line: all of them or none. */
export async function runImport(file: string, terminal: Terminal): Promise<void> {
  if (file !== '-') await requireReadable(file)
  await using session = await openMigratedSession(terminal, { keys: true })
  const vault = await recogniseRetired(session.db, await openVaultOf(session.config))
  const source = file === '-' ? terminal.input : createReadStream(file)
  // What is printed waits in a file until all is stored: an import that fails prints nothing, however large it is.
  const folder = await mkdtemp(join(tmpdir(), 'token-refresh-worker-'))
  try {
    const printed = join(folder, 'accounts.ndjson')
    await writeFile(printed, '')
    const summary = await importAccounts(session.db, source, {
      vault,
      allowPrivateNetwork: session.config.allowPrivateNetwork,
      onRefused: (line, problems) => {
        for (const { member, problem } of problems) terminal.messages.write(`line ${line}: ${member}: ${problem}\n`)
      },
      onAccounts: (batch) => appendFile(printed, batch.map((account) => `${JSON.stringify(account)}\n`).join('')),
    })
    await report(summary, configuredApps(session.config), terminal)
    await pipeline(createReadStream(printed), terminal.output, { end: false })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function report(summary: ImportSummary, usable: readonly App[], terminal: Terminal): Promise<void> {
  const { accounts, created, refused, apps } = summary
  if (refused > 0)
    throw new Refusal(`Nothing was imported: ${refused} ${refused === 1 ? 'line was' : 'lines were'} refused.`)
  await print(terminal.messages, `Imported ${accounts}: ${created} new, ${accounts - created} connected again.`)
  for (const app of apps) {
    if (usable.includes(app)) continue
    await print(terminal.messages, `${app}_CLIENT_ID is not set: without it a daemon leaves accounts of ${app} alone.`)
  }
}

async function requireReadable(file: string): Promise<void> {
  await access(file, constants.R_OK).catch(() => {
    throw new Refusal(`The file ${file} is not there or cannot be read.`)
  })
}
