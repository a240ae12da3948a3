import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lowerLayers } from './build.ts'
import type { Kind } from './build.ts'
import { inGroups, makeGroups, removeGroups } from './cgroups.ts'
import { detach, run } from './_exec.ts'
import type { Result, RunOptions } from './_exec.ts'
import { withLock } from './_lock.ts'
import { connect, disconnect, leaveElsewhere, network, slots } from './network.ts'
import { directory, isRunning, machines, readState, states, writeState } from './_state.ts'
import type { State } from './_state.ts'
import { mountDisk } from './_disk.ts'
import { firstProcess, kill } from './_process.ts'

export interface BootOptions {
  kind?: Kind
  /** The layers it stands on, topmost first, in place of those of a kind. */
  lower?: string[]
  /** Writes reach the disk when programs ask for it. Tests do without that; what measures needs it. */
  durable?: boolean
  /** `systemd` boots the machine; `none` is a plain container, whose first process only waits. */
  init?: 'systemd' | 'none'
  log?: (line: string) => void
}

/** A running machine: a server of its own, with its own disk, processes and network. */
export interface Machine {
  name: string
  address: string
  leader: number
  state: State
  /** The whole command line that runs `argv` inside. */
  command: (argv: readonly string[], env?: Record<string, string>) => string[]
  /** Run a command inside. */
  sh: (argv: readonly string[], options?: RunOptions) => Promise<Result>
}

/** Start a pristine machine; one of the same name that is still there is ended first. */
export async function up(name: string, options: BootOptions = {}): Promise<Machine> {
  await down(name)
  const lower = options.lower ?? (await lowerLayers(options.kind ?? 'warm', options.log ?? (() => {})))
  const state = await reserve(name, lower)
  try {
    await mountDisk(state, options.durable ?? false)
    // Two at once fail: both would make the mount of all namespaces, or write the table of all machines.
    await withLock(join(machines, 'lock'), () => connect(state.network))
    await boot(state, options.init ?? 'systemd')
    await writeState(state)
    const machine = attach(state)
    if (options.init !== 'none') await booted(machine)
    return machine
  } catch (error) {
    const log = await readFile(join(directory(name), 'console.log'), 'utf8').catch(() => '')
    await end(state)
    throw new Error(`machine ${name} did not start: ${String(error)}; its console's end:\n${log.slice(-2000)}`, {
      cause: error,
    })
  }
}

/** A machine that is running already. */
export async function existing(name: string): Promise<Machine> {
  const state = await readState(name)
  if (!state || !isRunning(state)) {
    throw new Error(`no machine named ${name} is running: start it with npm run machine -- up --name ${name}`)
  }
  return attach(state)
}

/** End a machine and remove what it left; nothing happens when there is none. */
export async function down(name: string): Promise<void> {
  const state = await readState(name)
  if (state) await end(state)
}

/** End a machine and those that its test run started beside it (`NAME-...`). */
export async function downAll(name: string): Promise<void> {
  for (const state of await states()) {
    if (state.name === name || state.name.startsWith(`${name}-`)) await end(state)
  }
}

/** Names, addresses and whether they still run, of all machines. */
export async function list(): Promise<{ name: string; address: string; leader: number; running: boolean }[]> {
  return (await states()).map((state) => ({
    name: state.name,
    address: state.network.address,
    leader: state.leader,
    running: isRunning(state),
  }))
}

function attach(state: State): Machine {
  const enter = ['nsenter', '-t', String(state.leader), '-m', '-u', '-i', '-n', '-p', '-r', '-w', '--']
  const environment = [
    'env',
    '-i',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME=/root',
    'LANG=C.UTF-8',
    'USER=root',
    'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
  ]
  const command: Machine['command'] = (argv, env = {}) => [
    ...enter,
    ...environment,
    ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ...argv,
  ]
  return {
    name: state.name,
    address: state.network.address,
    leader: state.leader,
    state,
    command,
    sh: (argv, { env, ...options } = {}) => run(command(argv, env), options),
  }
}

/** Shut a machine down, and boot it again from its disk; use the answer from then on. */
export async function reboot({ state }: Machine): Promise<Machine> {
  await powerOff(state)
  await disconnect(state.network)
  await withLock(join(machines, 'lock'), () => connect(state.network))
  await boot(state, 'systemd')
  await writeState(state)
  const machine = attach(state)
  await booted(machine)
  return machine
}

/** Give the machine a network slot that no other has, and write it down. */
async function reserve(name: string, lower: string[]): Promise<State> {
  return withLock(join(machines, 'lock'), async () => {
    const taken = new Set((await states()).map(({ slot }) => slot))
    let slot = 1
    while (taken.has(slot)) slot++
    if (slot >= slots) throw new Error('every address is taken: end some machines with npm run machine -- down')
    const state: State = { name, nspawn: 0, leader: 0, slot, network: network(slot), lower }
    await disconnect(state.network)
    await writeState(state)
    return state
  })
}

async function boot(state: State, init: 'systemd' | 'none'): Promise<void> {
  state.groups = await makeGroups(state.name)
  state.nspawn = await detach(
    inGroups(state.groups, [
      'systemd-nspawn',
      '-q',
      '-D',
      join(directory(state.name), 'root'),
      '--register=no',
      '--keep-unit',
      `--machine=${state.name}`,
      `--network-namespace-path=/run/netns/${state.network.namespace}`,
      '--capability=CAP_NET_ADMIN',
      '--resolv-conf=off',
      '--timezone=off',
      '--console=pipe',
      ...(init === 'systemd' ? ['--boot'] : ['--as-pid2', 'sleep', 'infinity']),
    ]),
    join(directory(state.name), 'console.log'),
  )
  state.leader = await within(60, 'the first process', () => firstProcess(state))
}

async function booted(machine: Machine): Promise<void> {
  await within(90, 'systemd to finish booting', async () => {
    const { stdout } = await machine.sh(['systemctl', 'is-system-running'])
    return ['running', 'degraded'].includes(stdout.trim()) || undefined
  })
}

/** Ask until there is an answer. */
export async function within<T>(seconds: number, what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`)
    await sleep(100)
  }
}

async function end(state: State): Promise<void> {
  if (isRunning(state)) await powerOff(state)
  const root = join(directory(state.name), 'root')
  if (existsSync(root)) await run(['umount', '--lazy', root])
  await removeGroups(state.groups ?? [])
  await disconnect(state.network)
  await leaveElsewhere(state.network)
  await rm(directory(state.name), { recursive: true, force: true })
}

/** Let the machine shut down; after a while it is cut off, by ending its first process and then its nspawn. */
export async function powerOff(state: State): Promise<void> {
  const gone = (seconds: number) =>
    within(seconds, 'the machine to end', async () => !isRunning(state) || undefined).then(
      () => true,
      () => false,
    )
  if (state.leader > 0) {
    await attach(state).sh(['systemctl', 'poweroff'], { timeout: 10 })
    if (await gone(existsSync(`/proc/${state.leader}/root/run/systemd/system`) ? 20 : 0)) return
    kill(state.leader)
    if (await gone(10)) return
  }
  kill(state.nspawn)
  await gone(10)
}
