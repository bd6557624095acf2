import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { ACCOUNT_STATUSES, PLATFORMS } from '../account.ts'
import { ConfigError } from '../config.ts'
import { isDatabaseAway } from '../database/away.ts'
import { describeError } from '../log.ts'
import { ROLES, type Role } from '../role.ts'
import { addOperatorCommands, readCount } from './operator-commands.ts'
import { print, Refusal, type Terminal } from './terminal.ts'
import { addWebhookCommands } from './webhook-commands.ts'

const DONE = 0
const FAILED = 1
const WRONG_USAGE = 2

/**
 * Runs the command that the arguments name.
 *
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await buildProgram(terminal).parseAsync(args, { from: 'user' })
    return DONE
  } catch (error) {
    // Commander has said already what is wrong with the arguments; help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE
    await print(terminal.messages, explain(error))
    return FAILED
  }
}

/** All commands at a glance. What a command does is loaded when it is called. */
function buildProgram(terminal: Terminal): Command {
  const program = new Command('token-refresh-worker')
    .description('Keeps the OAuth tokens of connected social accounts fresh.')
    .configureOutput({
      writeOut: (text) => terminal.output.write(text),
      writeErr: (text) => terminal.messages.write(text),
    })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()

  program
    .command('daemon')
    .description('keeps the tokens of all connected accounts fresh, until SIGTERM or Ctrl-C')
    .addOption(
      new Option('--roles <roles>', `what this process does, separated by commas: ${ROLES.join(', ')}`)
        .argParser(readRoles)
        .default(ROLES, 'all'),
    )
    .action(async (options) => (await import('./commands/daemon.ts')).runDaemon(options, terminal))
  program
    .command('migrate')
    .description("brings the database's schema up to date; safe to run twice and from several machines at once")
    .action(async () => (await import('./commands/migrate.ts')).runMigrate(terminal))

  addAccounts(program.command('accounts').description('connects, shows and disconnects accounts'), terminal)

  addOperatorCommands(program, terminal)

  program
    .command('doctor')
    .description('looks at settings, database, queue, keys and the app of each platform, without touching an account')
    .option('--json', 'a JSON array of {"name","state","message","todo"}')
    .action(async (options) => (await import('./commands/doctor.ts')).runDoctor(options, terminal))
  addKeys(program.command('keys').description('API keys of the list module'), terminal)
  addWebhookCommands(program, terminal)
  program
    .command('simulate')
    .description('runs pretend versions of the platforms, for demos and staging, until Ctrl-C')
    .option('--port <port>', 'where they listen', readPort, 4180)
    .action(async (options) => (await import('./commands/simulate.ts')).runSimulate(options, terminal))
  program
    .command('demo')
    .description('shows accounts of pretend platforms being renewed over and over, until Ctrl-C')
    .action(async () => (await import('./commands/demo.ts')).runDemo(terminal))
  return program
}

function addAccounts(accounts: Command, terminal: Terminal): void {
  accounts
    .command('import <file>')
    .description('connects accounts, or connects them again, from a file of one JSON object per line (- reads stdin)')
    .addHelpText('after', IMPORT_HELP)
    .action(async (file) => (await import('./commands/accounts-import.ts')).runImport(file, terminal))
  accounts
    .command('list')
    .description('shows what is connected, the newest connection first')
    .addOption(new Option('--platform <platform>', 'only this platform').choices(PLATFORMS))
    .addOption(
      new Option('--status <status>', 'only this status (default: all but DISCONNECTED)').choices(ACCOUNT_STATUSES),
    )
    .option('--workspace <id>', 'only this workspace')
    .option('--error <code>', 'only those whose last failure had this code, as history shows it')
    .option('--overdue', 'only ACTIVE ones whose access token has ended')
    .option('--reconnect-within <days>', 'only those whose grant ends within so many days', readCount)
    .option('--limit <count>', 'no more than so many', readCount)
    .option('--json', 'a JSON array, one account per line')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => (await import('./commands/accounts-list.ts')).runList(options, terminal))
  accounts
    .command('disconnect <id>')
    .description('disconnects an account for good and erases its credential')
    .action(async (id) => (await import('./commands/accounts-disconnect.ts')).runDisconnect(id, terminal))
}

function addKeys(keys: Command, terminal: Terminal): void {
  keys
    .command('create')
    .description('makes an API key for the list module and prints it, this once')
    .requiredOption('--name <name>', 'what the key is for')
    .option('--workspace <id...>', 'the workspaces that the key reaches (without it: all, those to come included)')
    .option('--json', 'prints {"key","prefix","name","workspaceIds"}')
    .action(async (options) => (await import('./commands/keys-create.ts')).runKeysCreate(options, terminal))
  keys
    .command('list')
    .description('shows the keys, when each was last used and which are revoked')
    .option('--json', 'a JSON array')
    .action(async (options) => (await import('./commands/keys-list.ts')).runKeysList(options, terminal))
  keys
    .command('revoke <prefix>')
    .description('revokes a key for good, named by its 8 visible characters; its next request is refused')
    .action(async (prefix) => (await import('./commands/keys-revoke.ts')).runKeysRevoke(prefix, terminal))
}

const IMPORT_HELP = `
All accounts or none: a bad line is named with its number and member, and nothing is stored.
Prints one line of JSON per account: {"id","workspaceId","platform","externalId","created"}.`

const LIST_HELP = `
Filters combine. Examples:
  accounts list --status TOKEN_EXPIRED
  accounts list --platform LINKEDIN_PERSON --reconnect-within 14 --json | jq -r '.[].workspaceId'`

function readRoles(text: string): Role[] {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !ROLES.some((role) => role === name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no role "${unknown}": use ${ROLES.join(', ')}.`)
  return ROLES.filter((role) => names.includes(role))
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return port
}

/** What a person is told: for mistakes of theirs what to do, for trouble of ours what happened, no stack. */
function explain(error: unknown): string {
  if (error instanceof Refusal || error instanceof ConfigError) return error.message
  if (isPortTaken(error)) return `Port ${error.port} is taken. Set PORT to another one.`
  if (isDatabaseAway(error)) return `The database does not answer: ${messageOf(error)}\nCheck DATABASE_URL.`
  if (isUnreadable(error))
    return `The file ${error.path} cannot be read (${error.code}). Correct sslrootcert, sslcert or sslkey in DATABASE_URL.`
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${messageOf(error.cause)}` : ''
  return `It failed: ${messageOf(error)}${cause}`
}

function isPortTaken(error: unknown): error is { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error
}

/** The files that an address names are read by the driver, with the first connection. */
function isUnreadable(error: unknown): error is { path: string; code: string } {
  return (
    error instanceof Error &&
    'syscall' in error &&
    error.syscall === 'open' &&
    /\.(pem|crt|cer|key)/.test(String(Object(error).path))
  )
}

function messageOf(error: unknown): string {
  const { message } = describeError(error) as { message: string }
  // An address that refuses on IPv4 and IPv6 is one error with two inside and no words of its own.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ')
  return message
}
