import type { OwnJail } from '../../bans/schema.ts'
import { paths, ports } from '../../paths.ts'
import type { BanFacts } from './facts.ts'

interface Definition {
  /** Whom it watches, for people. */
  what: string
  program: string | null
  /** Logs Fail2ban can watch, the first that is there. */
  logs: readonly string[]
  /** Without any of them the journal has it. */
  journal: boolean
  ports: (facts: BanFacts) => readonly number[]
}

const nginx = { program: '/usr/sbin/nginx', journal: false, ports: () => [80, 443] }
const ftp = { journal: false, ports: () => [21, 990] }

export const definitions: Record<OwnJail, Definition> = {
  'hosting-panel': { what: 'The panel', program: null, logs: [paths.authLog], journal: false, ports: () => [ports.public, ports.tool] },
  sshd: { what: 'An SSH server', program: '/usr/sbin/sshd', logs: ['/var/log/auth.log'], journal: true, ports: ({ sshPorts }) => sshPorts },
  'nginx-http-auth': { ...nginx, what: 'nginx', logs: ['/var/log/nginx/*error.log'] },
  'nginx-botsearch': { ...nginx, what: 'nginx', logs: ['/var/log/nginx/*access.log'] },
  'nginx-limit-req': { ...nginx, what: 'nginx', logs: ['/var/log/nginx/*error.log'] },
  vsftpd: { ...ftp, what: 'The FTP server vsftpd', program: '/usr/sbin/vsftpd', logs: ['/var/log/vsftpd.log'] },
  proftpd: { ...ftp, what: 'The FTP server ProFTPD', program: '/usr/sbin/proftpd', logs: ['/var/log/proftpd/proftpd.log'] },
  'pure-ftpd': { ...ftp, what: 'The FTP server Pure-FTPd', program: '/usr/sbin/pure-ftpd', logs: ['/var/log/syslog'], journal: true },
}

/** Every program and log a machine may or may not have. */
export const candidates: readonly string[] = [...new Set(
  Object.values(definitions).flatMap(({ program, logs }) => [...(program ? [program] : []), ...logs]),
)]

export type Source = { backend: 'auto'; log: string } | { backend: 'systemd' }

/** Where a jail reads from on this machine, or why it cannot be had: Fail2ban does not start with a log that is missing. */
export function sourceOf(name: OwnJail, facts: BanFacts): Source | string {
  const { what, program, logs, journal } = definitions[name]
  const here = (path: string) => path === paths.authLog || facts.present.includes(path)
  if (program && !here(program)) return `${what} is not installed on this server`
  const log = logs.find(here)
  if (log) return { backend: 'auto', log }
  if (journal && facts.journal) return { backend: 'systemd' }
  return `${what} has no log here (${logs.join(', ')}${journal ? ', or systemd’s journal with the package python3-systemd' : ''})`
}

/** What a ban closes: `80,443`. */
export const portsOf = (name: OwnJail, facts: BanFacts): string => definitions[name].ports(facts).join(',')
