import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory that goes with its test. */
export function ownDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

export const namesOf = ({ domain, aliases }: { domain: string; aliases: string[] }) => [domain, ...aliases]
