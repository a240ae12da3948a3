import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

export interface ProcessEntry {
  pid: number
  uid: number
  /** The title as `ps` shows it. */
  title: string
}

/** Every process of the machine this one may see, from /proc. Those that end meanwhile are left out. */
export function listProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return [{ pid: Number(name), uid: statSync(`/proc/${name}`).uid, title }]
      } catch {
        return []
      }
    })
}

/** The program files that run now, by their real paths. */
export function executables(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        return [readlinkSync(`/proc/${name}/exe`)]
      } catch {
        return []
      }
    })
}
