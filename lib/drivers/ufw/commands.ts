import type { Argv } from '../../system/run.ts'
import { inFamily, lineOf, specOf, type Rule } from './rules.ts'

export const status = (): Argv => ['ufw', 'status']

export const enable = (): Argv => ['ufw', '--force', 'enable']

export const disable = (): Argv => ['ufw', '--force', 'disable']

export const reload = (): Argv => ['ufw', 'reload']

/** Sets the defaults: incoming connections are denied, outgoing ones allowed. */
export const defaults = (): Argv[] => [
  ['ufw', 'default', 'deny', 'incoming'],
  ['ufw', 'default', 'allow', 'outgoing'],
]

export const append = (rule: Rule): Argv => ['ufw', ...specOf(rule)]

/** `position` counts from 1, through the IPv4 rules and then the IPv6 ones, as `ufw status numbered` does. */
export const insert = (position: number, rule: Rule): Argv => ['ufw', 'insert', String(position), ...specOf(rule)]

export const remove = (rule: Rule): Argv => ['ufw', '--force', 'delete', ...specOf({ ...rule, own: false })]

/** UFW's two lists. */
export interface Lists {
  4: readonly Rule[]
  6: readonly Rule[]
}

/** The panel's own rules in a list, as lines. */
export const ownLines = (rules: readonly Rule[]): string[] => rules.filter(({ own }) => own).map(lineOf)

export const wantedLines = (wanted: readonly Rule[], family: 4 | 6): string[] =>
  wanted.filter((rule) => inFamily(rule, family)).map(lineOf)

/** The first rule that is in a list and should not be there, or stands before one that should come first; else null. */
function surplus(list: readonly Rule[], wanted: readonly string[]): Rule | null {
  const own = list.filter((rule) => rule.own)
  const kept = wanted.filter((line) => own.some((rule) => lineOf(rule) === line))
  return own.find((rule, index) => lineOf(rule) !== (kept[index] ?? null)) ?? null
}

/**
 * The next command that brings UFW's lists closer to what is wanted; null when they are so. Rules of others
 * keep their places: the panel's are put before the next of its own, or at the end.
 */
export function nextStep(lists: Lists, wanted: readonly Rule[]): Argv | null {
  for (const family of [4, 6] as const) {
    const old = surplus(lists[family], wantedLines(wanted, family))
    if (old) return remove(old)
  }
  for (const rule of wanted) {
    const family = inFamily(rule, 4) ? 4 : 6
    const list = lists[family]
    if (list.some((entry) => entry.own && lineOf(entry) === lineOf(rule))) continue
    const later = new Set(wanted.slice(wanted.indexOf(rule) + 1).map(lineOf))
    const before = list.findIndex((entry) => entry.own && later.has(lineOf(entry)))
    return before === -1 ? append(rule) : insert(before + 1 + (family === 6 ? lists[4].length : 0), rule)
  }
  return null
}
