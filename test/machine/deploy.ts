import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { npmCache } from './build.ts'
import { must } from './_exec.ts'
import type { Result, RunOptions } from './_exec.ts'
import { checkout } from './_host.ts'
import type { Machine } from './machine.ts'
import { writeState } from './_state.ts'

/** Where the checkout lies inside a machine. */
export const copied = '/root/hosting-panel'

export interface InstallOptions extends RunOptions {
  /** Takes what `npm run build` made here, as a release has it, instead of building inside: a minute less. */
  built?: boolean
}

/** Copy the checkout in as a clone would have it, work that is not committed yet included. */
export async function copyIn(machine: Machine, built = false): Promise<void> {
  const listed = await must(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: checkout })
  const names = listed.split('\0').filter((name) => name && existsSync(join(checkout, name)))
  await machine.sh(['rm', '-rf', copied])
  await machine.sh(['mkdir', copied])
  await pack(machine, checkout, [...names, ...(built ? ['dist'] : [])], copied)
  if (built) await machine.sh(['touch', `${copied}/dist/.release`])
}

/** Stream files of this host into a directory inside, all of them root's there. */
async function pack(machine: Machine, from: string, names: string[], to: string): Promise<void> {
  const tar = spawn('tar', ['-C', from, '--owner=0', '--group=0', '--null', '-T', '-', '-c'])
  const chunks: Buffer[] = []
  tar.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  tar.stdin.end(names.join('\0'))
  const code = await new Promise((resolve) => tar.on('close', resolve))
  if (code !== 0) throw new Error(`could not pack the files of ${from}`)
  const { code: unpacked, stderr } = await machine.sh(['tar', '-C', to, '-x'], { input: Buffer.concat(chunks) })
  if (unpacked !== 0) throw new Error(`could not unpack in ${machine.name}: ${stderr}`)
}

/** Run the installer of the copied checkout; how it ended is the caller's to judge. */
export function runInstaller(machine: Machine, args: string[] = [], options: RunOptions = {}): Promise<Result> {
  const env = { npm_config_cache: npmCache, ...options.env }
  return machine.sh(['bash', `${copied}/install/install.sh`, ...args], { timeout: 900, ...options, env })
}

/** Copy the checkout in and install the panel from it; returns the token for setting it up. */
export async function install(machine: Machine, { built, ...options }: InstallOptions = {}): Promise<string> {
  await copyIn(machine, built)
  const { code, stdout, stderr } = await runInstaller(machine, [], options)
  const token = tokenIn(stdout)
  if (code !== 0 || !token) {
    throw new Error(`install.sh ended with ${code}:\n${(stdout + stderr).slice(-6000)}\n${await journal(machine)}`)
  }
  machine.state.setupToken = token
  await writeState(machine.state)
  return token
}

/** The setup token in what the installer printed. */
export function tokenIn(output: string): string | undefined {
  return /Setup token:\s*(\S+)/.exec(output)?.[1]
}

/** Build in this checkout and put the result into the installed release: seconds instead of an upgrade. */
export async function redeploy(machine: Machine, options: RunOptions = {}): Promise<void> {
  await must(['npm', 'run', '--silent', 'build'], { cwd: checkout, ...options })
  await machine.sh(['rm', '-rf', '/tmp/dist'])
  await machine.sh(['mkdir', '/tmp/dist'])
  await pack(machine, join(checkout, 'dist'), ['.'], '/tmp/dist')
  const { code, stderr } = await machine.sh([
    'sh',
    '-ec',
    `
    release=$(readlink -f /opt/hosting-panel/current)
    web=$(readlink -f /usr/share/hosting-panel/current)
    rsync -a --delete --no-owner --no-group --chown=root:hosting-panel --chmod=Dg=rx,Do=,Fg=r,Fo= \\
      /tmp/dist/ "$release/dist/"
    for part in admin pages adminer; do rsync -a --delete --chmod=D755,F644 "/tmp/dist/$part/" "$web/$part/"; done
    systemctl stop hosting-panel-agent.service hosting-panel-supervisor.service
    systemctl restart hosting-panel-agent.socket hosting-panel-supervisor.socket hosting-panel.service
  `,
  ])
  if (code !== 0) throw new Error(`could not redeploy: ${stderr}`)
}

/**
 * Reads what units logged lately, for the message of a test that failed: the panel's, the sites' and nginx, unless
 * others are named.
 */
export async function journal(
  machine: Machine,
  lines = 60,
  units: readonly string[] = ['hosting-panel*', 'nginx'],
): Promise<string> {
  const { stdout } = await machine.sh(
    ['journalctl', '--no-pager', '-o', 'short-precise', '-n', String(lines), ...units.flatMap((unit) => ['-u', unit])],
    { timeout: 60 },
  )
  return stdout
}
