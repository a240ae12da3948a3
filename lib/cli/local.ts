import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Ending, exits, unreachable, usage } from './errors.ts'
import { uidOf } from './peer.ts'

/** Commands that are no function of the panel: root needs them when the panel is down, or lets nobody in. */
export interface LocalCommand {
  words: string[]
  /** Name of its file in dist/tasks. */
  task: string
  summary: string
  usage: string
  options: { option: string; value: string; description: string }[]
}

export const localCommands: LocalCommand[] = [
  {
    words: ['audit', 'verify'],
    task: 'audit-verify',
    options: [],
    usage: 'hosting-panel audit verify',
    summary: 'Check that no row of the audit log was changed or removed; exits with 1 and names the first that was',
  },
  {
    words: ['reset-admin'],
    task: 'reset-admin',
    usage: 'hosting-panel reset-admin [--username NAME]',
    summary: 'Let a locked-out administrator in: new password, no second factor, no sessions',
    options: [
      { option: 'username', value: 'NAME', description: 'The administrator, if there are several; created if missing' },
    ],
  },
]

/** The panel's user, whose files the panel's data are. */
export const PANEL_USER = 'hosting-panel'

/**
 * Runs a task as the panel's user, in this process: root is given up for good before the task is loaded, so that
 * nothing of it is root's, and no file of the panel's becomes root's.
 */
export async function runLocal({ task }: LocalCommand, args: string[]): Promise<number> {
  const file = join(import.meta.dirname, 'tasks', `${task}.js`)
  if (!existsSync(file)) throw unreachable(`${file} is missing; run install.sh again`)
  giveUpRoot()
  process.argv = [process.argv[0]!, file, ...args]
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    throw toEnding(error as Error & { code?: string })
  }
  return Number(process.exitCode ?? 0)
}

/** A task is a bundle of its own, so its errors are known by name. Any other is a bug, and may be told as one. */
function toEnding(error: Error & { code?: string }): Error {
  if (error.name === 'PanelError') return new Ending(exits.refused, `${error.code}: ${error.message}`)
  return error.code?.startsWith('ERR_PARSE_ARGS') ? usage(`${error.message} (--help lists the options)`) : error
}

function giveUpRoot(): void {
  const passwd = readFileSync('/etc/passwd', 'utf8')
  const uid = uidOf(PANEL_USER, passwd)
  const gid = Number(
    passwd
      .split('\n')
      .find((row) => row.startsWith(`${PANEL_USER}:`))
      ?.split(':')[3] ?? Number.NaN,
  )
  if (!uid || !gid)
    throw new Ending(exits.unreachable, 'The panel is not installed: its user hosting-panel is missing. Run install.sh')
  // Node has it; its types do not.
  const { initgroups } = process as unknown as { initgroups: (user: string, group: number) => void }
  process.umask(0o077)
  initgroups.call(process, PANEL_USER, gid)
  process.setgid!(gid)
  process.setuid!(uid)
}
