/** A part of a program that runs from a file: `r-xp`, in /proc/<pid>/maps (proc(5)). */
const mapped = /^\S+ ..x\S \S+ \S+ [1-9]\d*\s+(\/(?:usr|lib|lib64|bin|sbin|opt)\/.+) \(deleted\)$/

/** Programs and libraries that a process still runs, though their files were replaced, in its maps. Pure. */
export const replacedFiles = (maps: string): string[] => [
  ...new Set(maps.split('\n').flatMap((line) => mapped.exec(line)?.[1] ?? [])),
]

/** The unit of systemd's that a process belongs to, in the text of /proc/<pid>/cgroup; null: none. Pure. */
export const unitOfGroup = (cgroup: string): string | null =>
  /^0::(?:\/[^\n]*)?\/([^/\n]+\.service)(?:\/[^\n]*)?$/m.exec(cgroup)?.[1] ?? null

/** Jiffies a second that the kernel tells processes' times in, on every machine that this runs on. */
const HERTZ = 100

/** When a process began (ms since 1970), by /proc/<pid>/stat and the boot time in /proc/stat. Pure. */
export function beganAt(stat: string, system: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const boot = Number(/^btime (\d+)$/m.exec(system)?.[1] ?? 0)
  return (boot + Number(fields[19]) / HERTZ) * 1000
}
