import { readFileSync, rmSync } from 'node:fs'

let passed = 0

/**
 * A place where the tests may kill this process: HOSTING_PANEL_FAULT_FILE names a file that says after how
 * many such points, `3`, or `3 always` to do it again in the next process, which may then take back what
 * this one began. Nothing sets it but the tests.
 */
export function faultPoint(during: 'doing' | 'undoing' = 'doing'): void {
  const file = process.env.HOSTING_PANEL_FAULT_FILE
  const order = file && read(file)
  if (!order) return
  const [after, again] = order.trim().split(' ')
  if (again && during === 'undoing') return
  if (passed++ < Number(after)) return
  if (!again) rmSync(file)
  process.kill(process.pid, 'SIGKILL')
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    passed = 0
    return null
  }
}
