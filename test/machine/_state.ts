import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cache } from './_host.ts'
import type { Network } from './network.ts'

/** Record of a machine, so that another process can use it and end it. */
export interface State {
  name: string
  /** Two processes are theirs: systemd-nspawn here, and the first process inside, as seen from here. */
  nspawn: number
  leader: number
  slot: number
  network: Network
  /** Its own control groups on this host. */
  groups?: string[]
  /** The layers it stands on. */
  lower: string[]
  /** The one-time token of an installed panel nobody has set up yet. */
  setupToken?: string
}

export const machines = join(cache, 'machines')

/** A machine's own directory: its state, its disk, its console. */
export function directory(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) {
    throw new Error(`'${name}' is no machine name: use lower-case letters, digits and hyphens`)
  }
  return join(machines, name)
}

/** The machine's state, or undefined when it was never started or is gone. */
export async function readState(name: string): Promise<State | undefined> {
  const file = join(directory(name), 'state.json')
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as State) : undefined
}

export async function writeState(state: State): Promise<void> {
  const file = join(directory(state.name), 'state.json')
  await mkdir(directory(state.name), { recursive: true })
  await writeFile(`${file}.new`, JSON.stringify(state))
  await rename(`${file}.new`, file)
}

/** Every machine with a state, running or not. */
export async function states(): Promise<State[]> {
  if (!existsSync(machines)) return []
  const names = (await readdir(machines, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const found = await Promise.all(names.map((entry) => readState(entry.name)))
  return found.filter((state) => state !== undefined)
}

/** Whether the machine's own systemd-nspawn is still there: a pid alone could be anyone's by now. */
export function isRunning({ name, nspawn }: State): boolean {
  try {
    const words = readFileSync(`/proc/${nspawn}/cmdline`, 'utf8').split('\0')
    return words.includes(`--machine=${name}`) || (words.join('') === '' && !hasEnded(nspawn))
  } catch {
    return false
  }
}

/** A process has no command line once it has ended, and for a moment while it becomes another program. */
const hasEnded = (pid: number): boolean => /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
