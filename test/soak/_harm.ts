import { setTimeout as sleep } from 'node:timers/promises'
import type { Machine } from '../machine/machine.ts'
import type { Random } from '../machine/random.ts'
import { output } from '../machine/sites/_helpers.ts'

/** Daemons to kill: the panel, its sites or the server need each of them. */
const victims = [
  'nginx',
  'mariadb',
  'redis-server',
  'fail2ban',
  'cron',
  'hosting-panel',
  'hosting-panel',
  'hosting-panel-agent',
  'hosting-panel-agent',
  'hosting-panel-supervisor',
  'php',
]

/** The service of one site's PHP that runs now, or of none. */
async function phpMaster(machine: Machine, random: Random): Promise<string | null> {
  const units = (
    await output(
      machine,
      'sh',
      '-c',
      "systemctl list-units --type=service --state=running --plain --no-legend 'hosting-panel-php*@s-*' | cut " +
        "-d' ' -f1",
    )
  )
    .split('\n')
    .filter(Boolean)
  return units.length > 0 ? random.pick(units) : null
}

/** Kills daemons at random until `isOver`; answers how often each was. */
export async function killAtRandom(
  machine: Machine,
  random: Random,
  isOver: () => boolean,
): Promise<Record<string, number>> {
  const killed: Record<string, number> = {}
  while (!isOver()) {
    await sleep(3_000 + random.below(7_000))
    const victim = random.pick(victims)
    const unit = victim === 'php' ? await phpMaster(machine, random) : `${victim}.service`
    if (!unit || isOver()) continue
    const whom = random.chance(0.5) ? 'main' : 'all'
    const { code } = await machine.sh(['systemctl', 'kill', `--kill-who=${whom}`, '-s', 'KILL', unit])
    if (code === 0) killed[victim] = (killed[victim] ?? 0) + 1
  }
  return killed
}

/** Where the server's data lies: all of these are on the small disk. */
const directories = [
  '/var/www',
  '/var/lib/mysql',
  '/var/lib/hosting-panel',
  '/var/lib/hosting-panel-dumps',
  '/opt/hosting-panel/data',
  '/etc/nginx',
  '/etc/hosting-panel',
  '/etc/php',
]
const SMALL = '/srv/small'
/** Free space on it at first: an import begins with no less than 256. */
const FREE_MB = 600

/** Puts the server's data onto a small file system of its own, with all that writes there stopped meanwhile. */
export async function moveToSmallDisk(machine: Machine): Promise<void> {
  const moves = directories.map(
    (path) =>
      `mkdir -p ${SMALL}${path}; cp -a ${path}/. ${SMALL}${path}; ` +
      `chown --reference=${path} ${SMALL}${path}; chmod --reference=${path} ${SMALL}${path}; ` +
      `mount --bind ${SMALL}${path} ${path}`,
  )
  const services =
    'hosting-panel.service hosting-panel-agent.service hosting-panel-agent.socket ' +
    'hosting-panel-supervisor.service hosting-panel-supervisor.socket mariadb nginx'
  const { code, stderr } = await machine.sh([
    'sh',
    '-ec',
    `
    mountpoint -q ${SMALL} && exit
    systemctl stop ${services}
    used=$(du -cxm ${directories.join(' ')} | tail -n 1 | cut -f1)
    mkdir -p ${SMALL} && mount -t tmpfs -o size=$((used + ${FREE_MB}))m,mode=0755 tmpfs ${SMALL}
    ${moves.join('\n')}
    systemctl start mariadb nginx hosting-panel-agent.socket hosting-panel-supervisor.socket hosting-panel.service`,
  ])
  if (code !== 0) throw new Error(stderr)
}

/** Fills the small disk now and then until `isOver`, but for so much; answers how often. */
export async function fillAtRandom(machine: Machine, random: Random, isOver: () => boolean): Promise<number> {
  let filled = 0
  while (!isOver()) {
    await sleep(15_000 + random.below(25_000))
    if (isOver()) break
    const spareMb = random.pick([0, 0, 1, 4])
    // fallocate takes all at once; what is left is written until nothing fits.
    await output(
      machine,
      'sh',
      '-c',
      `left=$(df --output=avail -m ${SMALL} | tail -n 1); ` +
        `fallocate -l $((left - ${spareMb}))M ${SMALL}/fill; [ ${spareMb} = 0 ] && cat /dev/zero ` +
        `>>${SMALL}/fill 2>/dev/null`,
    )
    filled++
    await sleep(4_000 + random.below(8_000))
    await output(machine, 'rm', '-f', `${SMALL}/fill`)
  }
  await output(machine, 'rm', '-f', `${SMALL}/fill`)
  return filled
}
