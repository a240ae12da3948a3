import type { OwnJail } from '../../model/bans/schema.ts'
import { paths, ports } from '../../model/paths.ts'
import type { BanFacts } from './facts.ts'

interface Definition {
  /** Whom it watches, for people. */
  what: string
  program: string | null
  /** Fail2ban's filter: one of the panel's own, or null for the one of the jail's name. */
  filter: string | null
  /** The log it reads, which no site's code can write; null: systemd's journal, which tells who wrote a line. */
  log: string | null
  ports: (facts: BanFacts) => readonly number[]
}

const nginx = (kind: 'auth' | 'scan' | 'limit'): Definition => ({
  what: 'nginx',
  program: '/usr/sbin/nginx',
  filter: `hosting-panel-nginx[kind=${kind}]`,
  log: paths.guardLog,
  ports: () => [80, 443],
})
const ftp = { filter: null, ports: () => [21, 990] }

export const definitions: Record<OwnJail, Definition> = {
  'hosting-panel': {
    what: 'The panel',
    program: null,
    filter: null,
    log: paths.authLog,
    ports: () => [ports.public, ports.adminer],
  },
  sshd: {
    what: 'An SSH server',
    program: '/usr/sbin/sshd',
    filter: 'hosting-panel-sshd[mode=%(mode)s]',
    log: null,
    ports: ({ sshPorts }) => sshPorts,
  },
  'nginx-http-auth': nginx('auth'),
  'nginx-botsearch': nginx('scan'),
  'nginx-limit-req': nginx('limit'),
  vsftpd: { ...ftp, what: 'The FTP server vsftpd', program: '/usr/sbin/vsftpd', log: '/var/log/vsftpd.log' },
  proftpd: {
    ...ftp,
    what: 'The FTP server ProFTPD',
    program: '/usr/sbin/proftpd',
    log: '/var/log/proftpd/proftpd.log',
  },
  'pure-ftpd': {
    ...ftp,
    what: 'The FTP server Pure-FTPd',
    program: '/usr/sbin/pure-ftpd',
    filter: 'hosting-panel-pure-ftpd',
    log: null,
  },
}

/** Logs that are there whenever they are needed: the panel makes them itself. */
const own: readonly string[] = [paths.authLog, paths.guardLog]

/** Every program and log a machine may or may not have. */
export const candidates: readonly string[] = [
  ...new Set(
    Object.values(definitions).flatMap(({ program, log }) => [...(program ? [program] : []), ...(log ? [log] : [])]),
  ),
].filter((path) => !own.includes(path))

export type Source = { backend: 'auto'; log: string } | { backend: 'systemd' }

/**
 * Where a jail reads from on this machine, or why it cannot be had: Fail2ban does not start with a log that is missing.
 */
export function sourceOf(name: OwnJail, facts: BanFacts): Source | string {
  const { what, program, log } = definitions[name]
  const here = (path: string) => own.includes(path) || facts.present.includes(path)
  if (program && !here(program)) return `${what} is not installed on this server`
  if (log) return here(log) ? { backend: 'auto', log } : `${what} has no log here (${log})`
  return facts.journal
    ? { backend: 'systemd' }
    : `${what} is watched in systemd’s journal alone, because any program ` +
        'can write into other logs; this server lacks the journal or the package python3-systemd'
}

/** Names the log that a jail reads, as people see it; null when it is not available. */
export function readsOf(name: OwnJail, facts: BanFacts): string | null {
  const source = sourceOf(name, facts)
  if (typeof source === 'string') return null
  return source.backend === 'systemd' ? 'systemd’s journal' : source.log
}

/** Ports that a ban closes: `80,443`. */
export const portsOf = (name: OwnJail, facts: BanFacts): string => definitions[name].ports(facts).join(',')
