import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'

let passed = 0
let writtenAt = 0n

/**
 * A place where the tests may kill this process: HOSTING_PANEL_FAULT_FILE names a file that says after how
 * many such points, `3`, or `3 always` to do it again in the next process, which may then take back what
 * this one began. That it came to that is told by a file `.died` beside it. Nothing sets it but the tests.
 */
export function failpoint(during: 'doing' | 'undoing' = 'doing'): void {
  const file = process.env.HOSTING_PANEL_FAULT_FILE
  const order = file && read(file)
  if (!order) return
  const [after, again] = order.trim().split(' ')
  if (again && during === 'undoing') return
  if (passed++ < Number(after)) return
  writeFileSync(`${file}.died`, '')
  if (!again) unlinkSync(file)
  process.kill(process.pid, 'SIGKILL')
}

/** A file that was written anew is another order, and its points are counted from none. */
function read(file: string): string | null {
  try {
    const { mtimeNs } = statSync(file, { bigint: true })
    if (mtimeNs !== writtenAt) passed = 0
    writtenAt = mtimeNs
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
