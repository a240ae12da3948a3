import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/**
 * A place where the tests may kill this process. The file named by HOSTING_PANEL_FAULT_FILE holds how
 * many points to pass first; nothing sets it outside the tests' own machine.
 */
export function faultPoint(): void {
  const file = process.env.HOSTING_PANEL_FAULT_FILE
  if (!file) return
  const left = remaining(file)
  if (left === null) return
  if (left > 0) return writeFileSync(file, String(left - 1))
  rmSync(file)
  process.kill(process.pid, 'SIGKILL')
}

function remaining(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
