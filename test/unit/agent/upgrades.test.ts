import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { packagesChange } from '../../../lib/agent/upgrades/upgrades.ts'

const holder = `
import fcntl, sys
file = open(sys.argv[1], 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
print('held', flush=True)
sys.stdin.read()
`

it('the package manager is at work while its lock is held, and not only there', async () => {
  const [file, other] = ['lock', 'other'].map((name) => join(mkdtempSync(join(tmpdir(), 'dpkg-')), name))
  writeFileSync(file!, '')
  expect([await packagesChange(file), await packagesChange(other)]).toEqual([false, false])
  const child = spawn('python3', ['-c', holder, file!])
  onTestFinished(() => void child.kill())
  await once(child.stdout, 'data')
  writeFileSync(other!, '')
  expect([await packagesChange(file), await packagesChange(other)]).toEqual([true, false])
  child.stdin.end()
  await once(child, 'exit')
  expect(await packagesChange(file)).toBe(false)
})
