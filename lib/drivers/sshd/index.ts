import { existsSync } from 'node:fs'
import { attempt, type Argv } from '../../system/run.ts'

/** The settings an SSH server really uses, all its files included. */
export const sshSettings = (): Argv => ['sshd', '-T']

/** The ports in what `sshd -T` prints; 22 when it does not say. */
export function parseSshPorts(text: string): number[] {
  const found = [...text.matchAll(/^port (\d+)$/gm)].map(([, port]) => Number(port))
  return found.length > 0 ? [...new Set(found)] : [22]
}

/** Ports of an SSH server that systemd starts by a socket; its own settings then count beside sshd's. */
export const sshSocket = (): Argv => ['systemctl', 'show', '--property=Listen,ActiveState', 'ssh.socket']

/** The ports in what systemd shows of a socket: `Listen=[::]:22 (Stream)`; none while it is not active. */
export const parseSocketPorts = (text: string): number[] =>
  /^ActiveState=active$/m.test(text)
    ? [...text.matchAll(/^Listen=\S*?:(\d+) \(Stream\)$/gm)].map(([, port]) => Number(port))
    : []

let asking: Promise<number[]> | undefined

/**
 * The ports people reach this server's shell on; 22 when there is no SSH server (yet). Who asks meanwhile shares the
 * answer.
 */
export const sshPorts = (): Promise<number[]> => (asking ??= readPorts().finally(() => (asking = undefined)))

async function readPorts(): Promise<number[]> {
  if (!existsSync('/usr/sbin/sshd')) return [22]
  const [settings, socket] = await Promise.all([attempt(sshSettings()), attempt(sshSocket())])
  return [...new Set([...parseSshPorts(settings.stdout), ...parseSocketPorts(socket.stdout)])]
}
