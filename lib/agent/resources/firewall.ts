import { ownLines, wantedLines } from '../../drivers/ufw/commands.ts'
import { deniesIn, enabledIn, listsOf, readSnapshot, restore, setEnabled, setRules } from '../../drivers/ufw/index.ts'
import type { FirewallState, Kind } from './resource.ts'

const linesOf = ({ enabled, rules }: FirewallState): string =>
  `${enabled ? 'on' : 'off'}\n${rules.map((list) => list.join('\n')).join('\n')}`

/** UFW as a whole. Going back is writing its files as they were, so rules of others come back too. */
export const firewall: Kind<FirewallState> = {
  async read() {
    const snapshot = await readSnapshot()
    const lists = listsOf(snapshot)
    return {
      enabled: enabledIn(snapshot) && deniesIn(snapshot),
      rules: [ownLines(lists[4]), ownLines(lists[6])],
      snapshot,
    }
  },
  async set(_name, before, after) {
    if (!after) return
    if (after.snapshot) return restore(after.snapshot)
    if (!after.enabled && before?.enabled) await setEnabled(false)
    await setRules(after.wanted!)
    if (after.enabled && !(await this.read('', null))!.enabled) await setEnabled(true)
  },
  same: (before, after) => linesOf(before) === linesOf(after),
  summary: (before, after) =>
    before?.enabled === after?.enabled ? 'change the rules' : after?.enabled ? 'turn on' : 'turn off',
  text: linesOf,
}

/** The state that rules and a switch ask for. */
export const wantedState = (enabled: boolean, wanted: NonNullable<FirewallState['wanted']>): FirewallState => ({
  enabled,
  rules: [wantedLines(wanted, 4), wantedLines(wanted, 6)],
  wanted,
})
