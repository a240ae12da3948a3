import { spawn, type ChildProcess } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { install } from '../machine/deploy.ts'
import { must, run } from '../machine/_exec.ts'
import { powerOff, up, within, type Machine } from '../machine/machine.ts'
import { directory } from '../machine/_state.ts'

/** Where the machine's ports are, on this host alone. */
const ADDRESS = '127.77.0.1'
const PORTS = [22, 80, 8080]

/** A server in an emulator: it has a kernel of its own, and real disks. */
export interface Vm extends Machine {
  /** Where a disk of the emulator's own is on this host; inside it is /dev/vdb. */
  spare: string
  /** Boots it anew, with more words for its kernel. */
  reboot: (words?: string) => Promise<void>
  end: () => Promise<void>
}

/**
 * Installs the panel in a machine, makes an ext4 disk with user quotas of it, and boots that in an emulator. This
 * host's kernel may lack quotas, and may not let an emulator use the processor's own means, so all is slow.
 */
export async function bootVm(name: string): Promise<Vm> {
  const machine = await up(name)
  await install(machine, { built: process.env.HOSTING_PANEL_BUILT !== undefined })
  await prepareDisk(machine)
  await powerOff(machine.state)
  const place = directory(name)
  const [disk, spare, root] = [join(place, 'disk'), join(place, 'spare'), join(place, 'root')]
  await must(['truncate', '--size=8G', disk])
  await must(['mkfs.ext4', '-q', '-O', 'quota', '-E', 'quotatype=usrquota', '-d', root, disk])
  await must(['truncate', '--size=1G', spare])
  await must(['mkfs.xfs', '-q', spare])
  let emulator = await start(place, await kernelOf(root))
  const vm: Vm = { ...machine, address: ADDRESS, spare, ...overSsh(place), reboot, end }
  async function reboot(words = ''): Promise<void> {
    await vm.sh(['systemctl', 'poweroff'])
    await ended(emulator)
    emulator = await start(place, await kernelOf(root), words)
    await booted(vm)
  }
  async function end(): Promise<void> {
    emulator.kill('SIGKILL')
    await ended(emulator)
  }
  await booted(vm)
  return vm
}

/** A kernel, a key to sign in with, and what the emulator's network and disks need. */
async function prepareDisk(machine: Machine): Promise<void> {
  const place = directory(machine.name)
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(place, 'key')])
  const key = (await must(['cat', join(place, 'key.pub')])).trim()
  const { code, stdout, stderr } = await machine.sh([
    'sh',
    '-ec',
    `
    apt-get update -q
    # ext4 with quotas does not mount without it.
    install -d /etc/initramfs-tools && echo quota_v2 >>/etc/initramfs-tools/modules
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \\
      linux-image-cloud-amd64 initramfs-tools quota xfsprogs
    printf '[Match]\\nName=e*\\n[Network]\\nDHCP=yes\\n' >/etc/systemd/network/80-vm.network
    systemctl -q enable systemd-networkd ssh
    systemctl -q mask systemd-networkd-wait-online.service
    printf '/dev/vda / ext4 defaults,usrquota 0 1\\n' >/etc/fstab
    install -d -m 700 /root/.ssh
    printf '%s\\n' "$1" >/root/.ssh/authorized_keys
  `,
    'sh',
    key,
  ])
  if (code !== 0) throw new Error(`the disk could not be prepared:\n${(stdout + stderr).slice(-4000)}`)
}

interface Kernel {
  kernel: string
  initrd: string
}

async function kernelOf(root: string): Promise<Kernel> {
  const names = await readdir(join(root, 'boot'))
  const named = (start: string) =>
    join(
      root,
      'boot',
      names.find((name) => name.startsWith(start))!,
    )
  return { kernel: named('vmlinuz-'), initrd: named('initrd.img-') }
}

async function start(place: string, { kernel, initrd }: Kernel, words = ''): Promise<ChildProcess> {
  const forwards = PORTS.map((port) => `hostfwd=tcp:${ADDRESS}:${port}-:${port}`).join(',')
  const drives = ['disk', 'spare'].flatMap((name) => [
    '-drive',
    `file=${join(place, name)},if=virtio,format=raw,cache=unsafe`,
  ])
  return spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'qemu-system-x86_64',
      '-machine',
      'q35',
      '-accel',
      'tcg,thread=multi',
      '-cpu',
      'max',
      '-smp',
      '2',
      '-m',
      '4096',
      '-display',
      'none',
      '-serial',
      `file:${join(place, 'serial.log')}`,
      '-no-reboot',
      '-kernel',
      kernel,
      '-initrd',
      initrd,
      '-append',
      `root=/dev/vda rw console=ttyS0 quiet ${words}`,
      ...drives,
      '-netdev',
      `user,id=net,${forwards}`,
      '-device',
      'virtio-net-pci,netdev=net',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
}

const ended = (emulator: ChildProcess): Promise<unknown> =>
  within(
    120,
    'the emulator to end',
    async () => (emulator.exitCode ?? emulator.signalCode ?? undefined) !== undefined || undefined,
  )

/** Runs commands over SSH; one connection is kept, as beginning one takes seconds there. */
function overSsh(place: string): Pick<Machine, 'command' | 'sh'> {
  const options = Object.entries({
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    ConnectTimeout: '20',
    ControlMaster: 'auto',
    ControlPersist: '60',
    ControlPath: join(place, 'ssh'),
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const quoted = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`
  const command: Machine['command'] = (argv, env = {}) => {
    const assignments = Object.entries(env).map(([key, value]) => `${key}=${value}`)
    return [
      'ssh',
      ...options,
      '-i',
      join(place, 'key'),
      `root@${ADDRESS}`,
      ['env', ...assignments, ...argv].map(quoted).join(' '),
    ]
  }
  return { command, sh: (argv, { env, ...how } = {}) => run(command(argv, env), how) }
}

const booted = (vm: Machine): Promise<unknown> =>
  within(300, 'the emulated server to boot', async () => {
    const { stdout } = await vm.sh(['systemctl', 'is-system-running'], { timeout: 40 })
    return ['running', 'degraded'].includes(stdout.trim()) || undefined
  })
