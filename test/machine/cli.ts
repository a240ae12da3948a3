import { parseArgs } from 'node:util'
import { spawn } from 'node:child_process'
import { prune } from './build.ts'
import { install, redeploy } from './deploy.ts'
import { panelUrl } from './http.ts'
import { installedLayers, upInstalled } from './installed.ts'
import { downAll, existing, list, up } from './machine.ts'
import { states } from './_state.ts'

const usage = `npm run machine -- COMMAND [--name NAME]     (the name is 'default' when not given)

  up [--bare] [--no-install]   start a machine with the panel of this checkout installed;
                               prints {"url","address","setupToken","leader"} and leaves it running.
                               --bare: install it now, without any downloads made beforehand
  sh COMMAND...                run a command inside
  redeploy                     build this checkout and put it into the running panel
  down                         end the machine, and those that tests started beside it (NAME-...)
  list                         every machine
  build                        build the disks that machines start from, and remove outdated ones
`

const say = (text: string) => process.stderr.write(text)
const log = (line: string) => say(`${line}\n`)

interface Flags {
  name: string
  bare: boolean
  noInstall: boolean
}

const commands: Record<string, (flags: Flags, rest: string[]) => Promise<number | void>> = {
  async up({ name, bare, noInstall }) {
    const pristine = bare || noInstall
    const machine = pristine ? await up(name, { kind: bare ? 'bare' : 'warm', log }) : await upInstalled(name, log)
    if (bare && !noInstall) await install(machine, { onOutput: say })
    const { address, leader, state } = machine
    process.stdout.write(
      JSON.stringify({ url: panelUrl(machine), address, setupToken: state.setupToken ?? null, leader }) + '\n',
    )
  },

  async sh({ name }, argv) {
    const machine = await existing(name)
    const [file, ...args] = machine.command(argv.length > 0 ? argv : ['bash', '-l'])
    const child = spawn(file!, args, { stdio: 'inherit' })
    return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 128)))
  },

  async redeploy({ name }) {
    await redeploy(await existing(name), { onOutput: say })
  },

  async down({ name }) {
    await downAll(name)
  },

  async list() {
    for (const machine of await list()) process.stdout.write(JSON.stringify(machine) + '\n')
  },

  async build() {
    const used = (await states()).flatMap(({ lower }) => lower)
    await prune([...used, ...(await installedLayers(log))])
  },
}

/** How many of the arguments after `sh` are ours: those behind them are the command to run inside. */
function ownOfShell(args: string[]): number {
  const named = args[0] === '--name' ? 2 : args[0]?.startsWith('--name=') ? 1 : 0
  return args[named] === '--' ? named + 1 : named
}

async function main([command, ...args]: string[]): Promise<number> {
  const run = commands[command ?? '']
  if (!run) {
    say(usage)
    return command === undefined || command === 'help' ? 0 : 2
  }
  const own = command === 'sh' ? ownOfShell(args) : args.length
  const { values } = parseArgs({
    args: args.slice(0, own),
    options: { name: { type: 'string' }, bare: { type: 'boolean' }, 'no-install': { type: 'boolean' } },
  })
  const flags = { name: values.name ?? 'default', bare: values.bare ?? false, noInstall: values['no-install'] ?? false }
  return (await run(flags, args.slice(own))) ?? 0
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: Error) => {
    log(`machine: ${error.message}`)
    if (error.cause instanceof Error) log(`  because: ${error.cause.message}`)
    process.exitCode = 1
  },
)
