import { existsSync } from 'node:fs'
import { PanelError } from '../../model/errors.ts'
import { failpoint } from '../../system/failpoint.ts'
import { inspect, readText, writeAtomically } from '../../system/files.ts'
import { attempt, run } from '../../system/run.ts'
import * as commands from './commands.ts'
import { parseRules, type Rule } from './rules.ts'

/** Where UFW keeps all that it knows. */
const files = ['/etc/ufw/user.rules', '/etc/ufw/user6.rules', '/etc/ufw/ufw.conf', '/etc/default/ufw'] as const

/** UFW's own files, word for word: writing them back is how a change is taken back. */
export type Snapshot = Record<string, string>

export const isInstalled = (): boolean => existsSync('/usr/sbin/ufw')

export async function readSnapshot(): Promise<Snapshot> {
  const entries = await Promise.all(files.map(async (path) => [path, await readText(path)] as const))
  return Object.fromEntries(entries.filter((entry): entry is [(typeof files)[number], string] => entry[1] !== null))
}

export const listsOf = (snapshot: Snapshot): commands.Lists => ({
  4: parseRules(snapshot[files[0]] ?? ''),
  6: parseRules(snapshot[files[1]] ?? ''),
})

export const enabledIn = (snapshot: Snapshot): boolean => /^ENABLED=yes$/m.test(snapshot[files[2]] ?? '')

/** Whether what nobody allowed stays out. */
export const deniesIn = (snapshot: Snapshot): boolean =>
  /^DEFAULT_INPUT_POLICY="(?:DROP|REJECT)"$/m.test(snapshot[files[3]] ?? '')

/** Why UFW cannot work here; null when it can. A container may have no netfilter. */
export async function problem(): Promise<string | null> {
  if (!isInstalled()) return 'UFW is not installed; run the installer again'
  const { code, stdout, stderr } = await attempt(commands.status())
  return code === 0 ? null : `UFW does not work here: ${(stderr || stdout).trim().split('\n').slice(-3).join(' ')}`
}

/**
 * Brings UFW's rules to what is wanted, one command at a time, so that what stays is never out. UFW puts a
 * rule of both families into its second list by a guess of its own; where that is wrong, all are added anew.
 */
export async function setRules(wanted: readonly Rule[]): Promise<void> {
  await follow(wanted)
  if (await isInOrder(wanted)) return
  for (const rule of listsOf(await readSnapshot())[4].filter(({ own }) => own)) await run(commands.remove(rule))
  await follow(wanted)
  if (!(await isInOrder(wanted)))
    throw new PanelError(
      'firewall_failed',
      500,
      'UFW took the rules, but has them in another order, so nothing was changed. Look at: ufw status numbered',
    )
}

/** No desired state needs more steps than this: each adds or removes a rule. */
async function follow(wanted: readonly Rule[]): Promise<void> {
  const lists = listsOf(await readSnapshot())
  const most = commands.ownLines(lists[4]).length + commands.ownLines(lists[6]).length + 2 * wanted.length
  for (let step = 0; step < most; step++) {
    const next = commands.nextStep(listsOf(await readSnapshot()), wanted)
    if (!next) return
    await run(next)
    failpoint()
  }
}

async function isInOrder(wanted: readonly Rule[]): Promise<boolean> {
  const lists = listsOf(await readSnapshot())
  return ([4, 6] as const).every(
    (family) => commands.ownLines(lists[family]).join('\n') === commands.wantedLines(wanted, family).join('\n'),
  )
}

/** Turns UFW on or off, and says no to what nobody allowed. */
export async function setEnabled(enabled: boolean): Promise<void> {
  if (!enabled) return void (await run(commands.disable()))
  for (const command of commands.defaults()) await run(command)
  await run(commands.enable())
  const { stdout } = await attempt(commands.status())
  if (!/^Status: active$/m.test(stdout))
    throw new PanelError(
      'firewall_failed',
      500,
      'UFW says it is on, but is not active, so nothing was changed. Look at: ufw status',
    )
}

/** Puts UFW back to how it was, rules of others included. */
export async function restore(snapshot: Snapshot): Promise<void> {
  if (!enabledIn(snapshot)) await run(commands.disable())
  for (const [path, content] of Object.entries(snapshot)) {
    if ((await readText(path)) === content) continue
    await writeAtomically(path, content, { uid: 0, gid: 0, mode: ((await inspect(path))?.mode ?? 0o640) & 0o777 }, true)
  }
  if (enabledIn(snapshot))
    await run(
      (await attempt(commands.status())).stdout.includes('Status: active') ? commands.reload() : commands.enable(),
    )
}
