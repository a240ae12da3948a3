import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from './_exec.ts'
import { checkout } from './_host.ts'
import { existing, type Machine } from './machine.ts'

/** Starts a machine with the panel of another commit, installed by that commit's own installer. */
export async function upWithCommit(name: string, commit: string): Promise<Machine> {
  const place = mkdtempSync(join(tmpdir(), 'hosting-panel-commit-'))
  try {
    await must(['git', 'worktree', 'add', '--force', '--detach', place, commit], { cwd: checkout })
    await must([process.execPath, join(place, 'test/machine/cli.ts'), 'up', '--name', name], { timeout: 1800 })
  } finally {
    await must(['git', 'worktree', 'remove', '--force', place], { cwd: checkout })
    rmSync(place, { recursive: true, force: true })
  }
  return existing(name)
}
