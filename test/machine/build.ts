import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './_exec.ts'
import {
  aptConfiguration,
  aptSources,
  cache,
  certificateBundle,
  checkout,
  npmConfiguration,
  resolvConf,
} from './_host.ts'
import { withLock } from './_lock.ts'
import {
  barePackages,
  idleServices,
  installerPackages,
  layers,
  olderPhpPackages,
  olderSuite,
  suite,
  testPackages,
} from './recipe.ts'
import type { Layer } from './recipe.ts'
import { directory } from './_state.ts'

export const roots = join(cache, 'roots')

/** npm's cache inside machines, which the installer is told to use. */
export const npmCache = '/root/.npm'

/** `bare`: what debootstrap gives, and no more. `warm`: the installer's downloads are there already. */
export type Kind = 'bare' | 'warm'

type Log = (line: string) => void

/** The directories of a root as overlayfs wants its lower layers, topmost first; built when they are missing. */
export async function lowerLayers(kind: Kind, log: Log): Promise<string[]> {
  return withLock(join(roots, 'lock'), async () => {
    const { bare, packages, npm } = layers(await readFile(join(checkout, 'package-lock.json'), 'utf8'))
    const lowest = await built(bare, log, bootstrap)
    if (kind === 'bare') return [lowest]
    const middle = await built(packages, log, (to) => onTop([lowest], to, addPackages))
    const top = await built(npm, log, (to) => onTop([middle, lowest], to, fillNpmCache))
    return [top, middle, lowest]
  })
}

/** A layer's directory; made beside its place and renamed, so that a build that died is never taken for one. */
async function built(layer: Layer, log: Log, build: (to: string) => Promise<void>): Promise<string> {
  const place = join(roots, `${layer.name}-${layer.key}`)
  if (existsSync(place)) return place
  const start = Date.now()
  log(`building the machine's ${layer.name} layer`)
  const work = await mkdtemp(join(roots, `.${layer.name}-`))
  const made = join(work, 'layer')
  try {
    await build(made)
    await rename(made, place)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  log(`built the ${layer.name} layer in ${Math.round((Date.now() - start) / 1000)} s`)
  return place
}

/** The lowest layer: a minimal Debian that can boot, and reaches what this host reaches. */
async function bootstrap(to: string): Promise<void> {
  const sources = await aptSources(suite)
  // Without sources of the host's own, mmdebstrap takes its default mirror.
  await must(
    ['mmdebstrap', '--variant=minbase', `--include=${barePackages.join(',')}`, suite, to, ...(sources ? ['-'] : [])],
    { input: sources },
  )
  await writeFile(join(to, 'etc/apt/apt.conf.d/90-test-host'), await aptConfiguration())
  await writeFile(join(to, 'etc/ssl/certs/ca-certificates.crt'), await certificateBundle())
  await writeFile(join(to, 'etc/resolv.conf'), await resolvConf())
  await writeFile(join(to, 'root/.npmrc'), await npmConfiguration())
  await writeFile(join(to, 'etc/environment'), 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt\n')
}

/** Make the directory `to` hold what `change` changes in the root made of `lower`. */
async function onTop(lower: string[], to: string, change: (root: string) => Promise<void>): Promise<void> {
  const [work, root] = [`${to}.work`, `${to}.root`]
  for (const directory of [to, work, root]) await mkdir(directory)
  await must(['mount', '-t', 'overlay', 'overlay', '-o', overlay(lower, to, work), root])
  try {
    await change(root)
  } finally {
    await must(['umount', root])
  }
}

/** The mount options of an overlay. */
export function overlay(lower: string[], upper: string, work: string): string {
  return `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`
}

/** Run a command in a root that is not booted, with the host's network. */
function inside(root: string, ...command: string[]): Promise<string> {
  const argv = [
    'systemd-nspawn',
    '-q',
    '-D',
    root,
    '--register=no',
    '--keep-unit',
    '--pipe',
    '--resolv-conf=off',
    '--timezone=off',
    '--setenv=DEBIAN_FRONTEND=noninteractive',
    '--setenv=NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
    `--machine=build-${process.pid}`,
    ...command,
  ]
  // On a busy host the packages take long.
  return must(argv, { timeout: 1_800 })
}

async function addPackages(root: string): Promise<void> {
  const install = (...names: string[]) =>
    inside(root, 'apt-get', 'install', '-y', '-q', '--no-install-recommends', ...names)
  // A package's service would be started in a root that has not booted.
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  await inside(root, 'apt-get', 'update', '-q')
  await install(...installerPackages, ...testPackages)
  await inside(root, 'systemctl', '-q', 'disable', ...idleServices)
  await addOlderPhp(root, install)
  await inside(root, 'apt-get', 'clean')
  await rm(join(root, 'usr/sbin/policy-rc.d'))
}

/** PHP 7.4 beside 8.2: newer php-common says that it breaks the older one, and the two run well together. */
async function addOlderPhp(root: string, install: (...names: string[]) => Promise<string>): Promise<void> {
  const sources = (await readFile(join(root, 'etc/apt/sources.list'), 'utf8')).split('\n')
  const main = sources.find((line) => line.split(' ').includes(suite))!
  await writeFile(join(root, 'etc/apt/sources.list.d/older.list'), main.replace(` ${suite} `, ` ${olderSuite} `) + '\n')
  await writeFile(
    join(root, 'etc/apt/preferences.d/older'),
    `Package: *\nPin: release n=${olderSuite}\nPin-Priority: 100\n`,
  )
  await inside(root, 'apt-get', 'update', '-q')
  await inside(
    root,
    'sh',
    '-ec',
    [
      'mkdir /tmp/repack && cd /tmp/repack',
      'apt-get download -q php-common',
      'dpkg-deb -R php-common_*.deb content',
      "sed -i '/^Breaks:/,/^[^ ]/ { /^Breaks:/d; /^ /d }' content/DEBIAN/control",
      'dpkg-deb -b content php-common.deb',
      'dpkg -i php-common.deb',
      'apt-mark hold php-common',
      'rm -r /tmp/repack',
    ].join('\n'),
  )
  await install(...olderPhpPackages)
}

/** Let the installer's npm fetch the panel's packages once, so that it finds them in its cache later. */
async function fillNpmCache(root: string): Promise<void> {
  const place = join(root, 'root/warm')
  await mkdir(join(place, 'install'), { recursive: true })
  const parts = ['lib', 'progress', 'runtime'].map((name) => `install/${name}.sh`)
  for (const name of ['package.json', 'package-lock.json', ...parts]) {
    await writeFile(join(place, name), await readFile(join(checkout, name)))
  }
  const fill = [
    'cd /root/warm',
    'source_dir=$PWD',
    ...parts.map((part) => `. ${part}`),
    'prepare_runtime',
    'own_npm ci',
  ]
  await inside(root, 'env', `npm_config_cache=${npmCache}`, 'bash', '-euc', [...fill, 'remove_runtime'].join('\n'))
  await rm(place, { recursive: true })
}

/** Puts the npm layer's cache onto a bare machine's disk: what npm does then is its work alone, not the network's. */
export async function giveNpmCache(to: { name: string }): Promise<void> {
  const [npm] = await lowerLayers('warm', () => {})
  await must(['cp', '-a', join(npm!, 'root/.npm'), join(directory(to.name), 'root/root/')])
}

/** Remove the layers of other recipes that no machine stands on; `used` are the ones to keep. */
export async function prune(used: string[]): Promise<void> {
  for (const name of await readdir(roots)) {
    const directory = join(roots, name)
    if (/^(bare|packages|npm|installed)-/.test(name) && !used.includes(directory)) {
      await rm(directory, { recursive: true, force: true })
    }
  }
}
