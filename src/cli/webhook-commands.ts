import { type Command, InvalidArgumentError } from 'commander'
import { EVENT_TYPES, type EventType } from '../webhooks/events.ts'
import type { ReplayOptions } from './commands/webhooks-replay.ts'
import type { Terminal } from './terminal.ts'

/** The commands for those who want to be told. */
export function addWebhookCommands(program: Command, terminal: Terminal): void {
  const webhooks = program.command('webhooks').description('endpoints that are told what happens to accounts')
  webhooks
    .command('add <url>')
    .description('adds an endpoint and prints its signing secret, this once')
    .option('--events <types>', 'only these, separated by commas (without it: all, those to come included)', readTypes)
    .option('--workspace <id...>', 'only what happens to accounts of these workspaces (without it: all that happens)')
    .option('--json', 'prints {"id","url","secret","eventTypes","workspaceIds"}')
    .addHelpText('after', ADD_HELP)
    .action(async (url, options) => (await import('./commands/webhooks-add.ts')).runWebhooksAdd(url, options, terminal))
  webhooks
    .command('list')
    .description('shows the endpoints, how they stand and what waits for them')
    .option('--json', 'a JSON array')
    .action(async (options) => (await import('./commands/webhooks-list.ts')).runWebhooksList(options, terminal))
  webhooks
    .command('test <id>')
    .description('sends an event of the type webhook.test from here, once, and prints the answer')
    .option('--json', 'prints {"taken","status","code","body"}')
    .action(async (id, options) => (await import('./commands/webhooks-test.ts')).runWebhooksTest(id, options, terminal))
  webhooks
    .command('remove <id>')
    .description('removes an endpoint and what waits for it')
    .action(async (id) => (await import('./commands/webhooks-remove.ts')).runWebhooksRemove(id, terminal))
  addRepairs(webhooks, terminal)
}

function addRepairs(webhooks: Command, terminal: Terminal): void {
  webhooks
    .command('replay <id>')
    .description('sends events again that the endpoint wants, whatever became of them before')
    .option('--since <moment>', 'those since a moment, like 2026-11-25T06:00:00Z, or 30m, 2h, 1d ago')
    .option('--event <id>', 'this one')
    .addHelpText('after', '\nEvents are kept for 30 days.\n\nExample:\n  webhooks replay we_k2v9… --since 6h')
    .action(async (id: string, options: ReplayOptions, command: Command) => {
      if ((options.since === undefined) === (options.event === undefined)) {
        command.error('error: which events? Use --since or --event')
      }
      await (await import('./commands/webhooks-replay.ts')).runWebhooksReplay(id, options, terminal)
    })
  webhooks
    .command('resume <id>')
    .description('ends the pause of an endpoint at once, also of one that has answered 410')
    .action(async (id) => (await import('./commands/webhooks-resume.ts')).runWebhooksResume(id, terminal))
  webhooks
    .command('rotate-secret <id>')
    .description('makes a new signing secret and prints it, this once; for 24 hours the old one signs along')
    .option('--json', 'prints {"id","secret","previousSignsUntil"}')
    .action(async (id, options) =>
      (await import('./commands/webhooks-rotate-secret.ts')).runWebhooksRotate(id, options, terminal),
    )
}

function readTypes(text: string): EventType[] {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !EVENT_TYPES.some((type) => type === name))
  if (unknown === undefined) return EVENT_TYPES.filter((type) => names.includes(type))
  throw new InvalidArgumentError(`There is no event "${unknown}": use ${EVENT_TYPES.join(', ')}.`)
}

const ADD_HELP = `
The address has to be a public one with https, unless ALLOW_PRIVATE_NETWORK is 1. An endpoint is told of what happens after
it was added; docs/webhooks.md shows every event and how to verify its signature. An endpoint for some workspaces is not told
of platform.paused and platform.resumed, which belong to none.

Examples:
  webhooks add https://hooks.example.com/tokens
  webhooks add https://hooks.example.com/reconnect --events account.token_expired,account.revoked,account.reconnect_due`
