import type { Argv } from '../../system/run.ts'

export interface SiteCommand {
  unit: string
  user: string
  slice: string
  /** The site's folder: it may write nowhere else. */
  home: string
  /** Seconds until systemd ends it, should nobody else do so. */
  timeout: number
}

/** Closes to a command what it closes to the site's PHP (install/systemd/hosting-panel-php@.service). */
const sandbox = [
  'ProtectSystem=strict',
  'InaccessiblePaths=-/opt/hosting-panel/data -/var/lib/hosting-panel',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectProc=invisible',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'ProtectControlGroups=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'LockPersonality=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallErrorNumber=EPERM',
] as const

/**
 * Runs a command as a site's user in a unit of its own, which ends with everything that it started, and with the agent
 * that it was asked of. Its name must tell nothing of the command: everybody may read the journal.
 */
export const asSiteUnit = ({ unit, user, slice, home, timeout }: SiteCommand, command: readonly string[]): Argv => [
  'systemd-run',
  '--quiet',
  '--collect',
  '--wait',
  '--pipe',
  '--service-type=exec',
  '--description=A command in a site',
  `--unit=${unit}`,
  `--slice=${slice}`,
  `--uid=${user}`,
  `--gid=${user}`,
  ...[
    'BindsTo=hosting-panel-agent.service',
    `RuntimeMaxSec=${timeout}`,
    'TimeoutStopSec=5s',
    'UMask=0027',
    'TasksMax=512',
    'MemoryMax=2048M',
    'CPUWeight=50',
    'IOWeight=50',
    `ReadWritePaths=${home}`,
    ...sandbox,
  ].map((property) => `--property=${property}`),
  '--',
  ...command,
]

/** The same without systemd: all that it starts is in a process namespace, and ends with its first process. */
export const asSiteNamespace = (user: string, command: readonly string[]): Argv => [
  'unshare',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--',
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--no-new-privs',
  '--',
  ...command,
]
