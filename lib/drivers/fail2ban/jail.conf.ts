import { jailNames, type BansSpec, type OwnJail } from '../../model/bans/schema.ts'
import type { BanFacts } from './facts.ts'
import { definitions, portsOf, sourceOf } from './jails.ts'

/**
 * jail.d/hosting-panel.conf: every jail of the panel with all its numbers. What cannot run here is switched
 * off by name, as Debian's own jail.d switches sshd on whether or not there is a log.
 */
export const renderJails = (spec: BansSpec, facts: BanFacts): string =>
  `# Written by the hosting panel, which puts changes here back. Jails of your own go into jail.local.

[DEFAULT]
ignoreip = ${ignored(spec)}
${jailNames.map((name) => renderJail(name, spec, facts)).join('')}`

/** Addresses that no jail bans; others of this server's Fail2ban go by the default. */
const ignored = ({ ignore, proxies }: BansSpec): string =>
  [...new Set(['127.0.0.0/8', '::1', ...ignore, ...proxies])].join(' ')

function renderJail(name: OwnJail, spec: BansSpec, facts: BanFacts): string {
  const { jails } = spec
  const { enabled, maxRetry, findMinutes, banMinutes } = jails[name]
  const source = sourceOf(name, facts)
  const { filter } = definitions[name]
  if (!enabled || typeof source === 'string') return `\n[${name}]\nenabled = false\n`
  return `
[${name}]
enabled = true
${filter ? `filter = ${filter}\n` : ''}backend = ${source.backend}
${source.backend === 'auto' ? `logpath = ${source.log}\n` : ''}port = ${portsOf(name, facts)}
banaction = hosting-panel
usedns = no
maxretry = ${maxRetry}
findtime = ${findMinutes * 60}
bantime = ${banMinutes * 60}
ignoreip = ${ignored(spec)}
`
}

/** The jails a text of renderJails switches on, and what each does to whom it bans. */
export const enabledIn = (text: string): { jail: string; action: string }[] =>
  [...text.matchAll(/^\[([\w-]+)\]\nenabled = true\n(?:(?!\[).*\n)*?banaction = (\S+)$/gm)].map(([, jail, action]) => ({
    jail: jail!,
    action: action!,
  }))
