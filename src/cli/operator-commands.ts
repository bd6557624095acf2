import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { ACCOUNT_STATUSES, PLATFORMS } from '../account.ts'
import { APPS } from '../app.ts'
import type { RefreshOptions } from './commands/refresh.ts'
import type { Terminal } from './terminal.ts'

/** The commands for those who run the fleet: look, step in, change keys. */
export function addOperatorCommands(program: Command, terminal: Terminal): void {
  program
    .command('refresh [id...]')
    .description('refreshes accounts now: by their ids ahead of what is scheduled, or all that a filter means')
    .addOption(new Option('--platform <platform>', 'only this platform').choices(PLATFORMS))
    .option('--workspace <id>', 'only this workspace')
    .addOption(
      new Option('--status <status>', 'only this status (without it: ACTIVE)').choices(
        ACCOUNT_STATUSES.filter((status) => status !== 'DISCONNECTED'),
      ),
    )
    .option('--error <code>', 'only accounts whose last failure had this code, as history shows it')
    .option('--all', 'every account, where no filter is given')
    .option('--dry-run', 'only counts, per platform')
    .option('--wait', 'waits for all outcomes and shows them; exit code 1 when one did not renew')
    .option('--json', 'what is printed, as a JSON object')
    .addHelpText('after', REFRESH_HELP)
    .action(async (ids: string[], options: RefreshOptions, command: Command) => {
      requireChoice(ids, options, command)
      await (await import('./commands/refresh.ts')).runRefresh(ids, options, terminal)
    })
  program
    .command('status')
    .description('one screen: how the accounts of each platform stand')
    .option('--watch', 'looks again every 2 s, until Ctrl-C')
    .option('--json', 'the same as a JSON object; with --watch one per line')
    .addHelpText('after', STATUS_HELP)
    .action(async (options) => (await import('./commands/status.ts')).runStatus(options, terminal))
  program
    .command('history <id>')
    .description('what was tried for an account, the newest attempt first')
    .option('--limit <count>', 'no more than so many', readCount, 20)
    .option('--json', 'a JSON array')
    .addHelpText('after', '\nExample:\n  history soc_k2v9… --limit 100')
    .action(async (id, options) => (await import('./commands/history.ts')).runHistory(id, options, terminal))
  addPlatforms(program.command('platforms').description('pauses and resumes whole platforms'), terminal)
  program
    .command('encryption')
    .description('the keys that seal the credentials')
    .command('rotate')
    .description('seals every credential again with the first of TOKEN_ENCRYPTION_KEYS')
    .option('--json', 'prints {"resealed","unreadable","keys"}')
    .addHelpText('after', ROTATE_HELP)
    .action(async (options) => (await import('./commands/encryption-rotate.ts')).runRotate(options, terminal))
}

function addPlatforms(platforms: Command, terminal: Terminal): void {
  const name = () => new Argument('<name>', 'an app or a platform').choices([...new Set([...APPS, ...PLATFORMS])])
  platforms
    .command('pause')
    .addArgument(name())
    .description('hands out no account of an app any more, until it is resumed or a moment has come')
    .option('--until <moment>', 'like 2026-11-25T06:00:00Z, or 30m, 2h, 1d from now (without it: until resumed)')
    .option('--reason <reason>', 'what the status shows')
    .addHelpText('after', PAUSE_HELP)
    .action(async (wanted, options) => (await import('./commands/platforms.ts')).runPause(wanted, options, terminal))
  platforms
    .command('resume')
    .addArgument(name())
    .description('ends the pause of an app, whoever began it')
    .addHelpText('after', '\nExample:\n  platforms resume X')
    .action(async (wanted) => (await import('./commands/platforms.ts')).runResume(wanted, terminal))
}

export function readCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1) throw new InvalidArgumentError('It has to be a whole number from 1.')
  return count
}

/** A refresh of everything has to be meant. */
function requireChoice(ids: readonly string[], options: RefreshOptions, command: Command): void {
  const { platform, workspace, status, error, all } = options
  const isFiltered = [platform, workspace, status, error, all].some((given) => given !== undefined)
  if (ids.length > 0 && isFiltered) command.error('error: name accounts by their ids or by a filter, not by both')
  if (ids.length > 0 || isFiltered) return
  command.error('error: which accounts? Name their ids, or use --platform, --workspace, --status, --error or --all')
}

const REFRESH_HELP = `
Filters combine. They make accounts due in the database, from where daemons take them in the order of their deadlines and
no faster than their platforms allow. Accounts that are due or under way anyway are not refreshed twice, and those that
were renewed within 5 minutes are left alone. With --wait, Ctrl-C stops waiting (exit code 1) and leaves the work.

Examples:
  refresh soc_k2v9… --wait                     one account, at once, and what came of it
  refresh --platform X --error invalid_client  those that failed while the secret was wrong
  refresh --status TOKEN_EXPIRED --wait        try again what the platform called dead; a success makes it ACTIVE
  refresh --all --dry-run                      how many would it be?`

const STATUS_HELP = `
  DUE             wait for a worker             OVERDUE     ACTIVE, and the access token has ended; OLDEST since when
  NEXT ENDS       the next access token         IN DOUBT    nobody knows whether the refresh token is spent
  RECONNECT 14 D  the owner has to connect again within 14 days, whatever we do

Examples:
  status --watch
  status --json | jq '.platforms[] | select(.overdue > 0)'`

const PAUSE_HELP = `
What waits in the queue already, a few seconds of work, still goes out, and so do refreshes by id: they show whether the
platform works again. When the moment of --until has come, one account tries first. Accounts keep their status.

Examples:
  platforms pause X --until 2h --reason 'incident 4711 at X'
  platforms resume X`

const ROTATE_HELP = `
Runs beside the daemons; interrupted, it goes on where it was. To change keys:
  1. TOKEN_ENCRYPTION_KEYS=new:…,old:… for every daemon, and restart them
  2. npm run -s cli -- encryption rotate
  3. npm run -s cli -- status    shows that the old key seals nothing any more: take it out`
