import { readFileSync } from 'node:fs'

/** Processor time that a service has taken since it started (ms), as its control group tells; null without systemd. */
export function cpuOfService(name: string, root = '/sys/fs/cgroup/system.slice'): number | null {
  try {
    const [, usec] = /^usage_usec (\d+)$/m.exec(readFileSync(`${root}/${name}.service/cpu.stat`, 'utf8')) ?? []
    return usec === undefined ? null : Number(usec) / 1000
  } catch {
    return null
  }
}
