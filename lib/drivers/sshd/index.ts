import { existsSync } from 'node:fs'
import { attempt, type Argv } from '../../system/run.ts'

/** The settings an SSH server really uses, all its files included. */
export const sshSettings = (): Argv => ['sshd', '-T']

/** The ports in what `sshd -T` prints; 22 when it does not say. */
export function parseSshPorts(text: string): number[] {
  const found = [...text.matchAll(/^port (\d+)$/gm)].map(([, port]) => Number(port))
  return found.length > 0 ? [...new Set(found)] : [22]
}

/** The ports people reach this server's shell on; 22 when there is no SSH server (yet). */
export const sshPorts = async (): Promise<number[]> =>
  parseSshPorts(existsSync('/usr/sbin/sshd') ? (await attempt(sshSettings())).stdout : '')
