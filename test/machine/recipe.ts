import { createHash } from 'node:crypto'

/** Raise this when the steps in build.ts change in a way that its inputs here do not show. */
const revision = 2

export const suite = 'bookworm'
/** Where PHP 7.4 comes from; apt takes from it only what the newer suite does not have. */
export const olderSuite = 'bullseye'

/** Packages that make a minimal Debian boot and reach the network, and no more. */
export const barePackages = ['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'ca-certificates']

const phpExtensions = [
  'bcmath',
  'cli',
  'curl',
  'fpm',
  'gd',
  'intl',
  'mbstring',
  'mysql',
  'opcache',
  'sqlite3',
  'xml',
  'zip',
]

/** Packages that the installer would fetch each time. One that is missing here costs time, not correctness. */
export const installerPackages = [
  'nginx',
  'npm',
  'openssl',
  'curl',
  'sudo',
  'cron',
  'logrotate',
  'libatomic1',
  'runit',
  'procps',
  'rsync',
  'git',
  'acl',
  'ufw',
  'fail2ban',
  'nftables',
  'python3-systemd',
  'python3-pyinotify',
  'python3-venv',
  'certbot',
  'mariadb-server',
  'mariadb-client',
  'redis-server',
  'zstd',
  'adminer',
  'php8.2-redis',
  ...phpExtensions.map((name) => `php8.2-${name}`),
]

/** A second PHP, for sites that change their version. */
export const olderPhpPackages = phpExtensions.map((name) => `php7.4-${name}`)

/**
 * Packages that tests use inside the machine; the Python packages become wheels of an index of its own. pebble is a
 * certificate authority, bind9 a DNS server that certbot may write to; lynis and wapiti look for weaknesses.
 */
export const testPackages = [
  'apache2-utils',
  'strace',
  'openssh-server',
  'gunicorn',
  'python3-flask',
  'python3-fastapi',
  'python3-uvicorn',
  'pebble',
  'bind9',
  'bind9-utils',
  'python3-certbot-dns-rfc2136',
  'testssl.sh',
  'faketime',
  'wordpress',
  'lynis',
  'wapiti',
]

/** Services that Debian would start with the machine, and tests start: a server has nobody else on port 53. */
export const idleServices = ['named.service']

export interface Layer {
  name: string
  /** Names the directory: the hash of everything that goes into this layer and those below it. */
  key: string
}

function key(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
}

/**
 * The layers of a root, lowest first. A pristine Debian is `bare` alone; `packages` and `npm` only
 * save the installer its downloads.
 */
export function layers(lockFile: string): { bare: Layer; packages: Layer; npm: Layer } {
  const bare = key(revision, suite, barePackages)
  const packages = key(bare, olderSuite, installerPackages, olderPhpPackages, testPackages, idleServices)
  return {
    bare: { name: 'bare', key: bare },
    packages: { name: 'packages', key: packages },
    npm: { name: 'npm', key: key(packages, lockFile) },
  }
}
