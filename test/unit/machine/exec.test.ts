import { expect, it } from 'vitest'
import { run } from '../../machine/_exec.ts'

it('a program that is missing is told with what brings it', async () => {
  const path = process.env.PATH
  process.env.PATH = '/nonexistent'
  try {
    await expect(run(['mmdebstrap', '--version'])).rejects.toThrow(
      'mmdebstrap is missing on this host. Install it: apt-get install mmdebstrap',
    )
    await expect(run(['nsenter'])).rejects.toThrow(
      'nsenter is missing on this host. Install it: apt-get install util-linux',
    )
  } finally {
    process.env.PATH = path
  }
})
