import { readFileSync } from 'node:fs'

/** Memory of processes, and the processor time they have used. */
export interface Usage {
  memoryBytes: number
  /** Seconds of one core since they began. */
  cpuSeconds: number
}

/** Ticks a second of the kernel's clock, which every Linux tells programs in hundredths (sysconf(_SC_CLK_TCK)). */
const TICKS = 100
const PAGE = 4096

/** Reads the use of processes together, from /proc/<pid>/stat: proc(5). Those that ended meanwhile count nothing. */
export function usageOf(pids: readonly number[]): Usage {
  const sum = { memoryBytes: 0, cpuSeconds: 0 }
  for (const pid of pids) {
    const fields = statOf(pid)
    if (!fields) continue
    sum.cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS
    sum.memoryBytes += Number(fields[21]) * PAGE
  }
  return sum
}

/** The fields behind the program's name, which may hold anything itself. */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/** Bytes a process has had written to disks since it began, with its children that ended (proc(5), io). Pure. */
export const writtenBytes = (io: string): number => Number(/^write_bytes: (\d+)$/m.exec(io)?.[1] ?? 0)

/** Nothing for a process that ended meanwhile. */
export function writtenBy(pid: number): number {
  try {
    return writtenBytes(readFileSync(`/proc/${pid}/io`, 'utf8'))
  } catch {
    return 0
  }
}
