import { expect, it, vi } from 'vitest'
import { doEach, doParts } from '../../../lib/model/parts.ts'

it('a part that fails leaves the others to be done, and the failures are told by name', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue()
  const done: string[] = []
  const work = doParts({
    first: () => void done.push('first'),
    second: () => {
      throw new Error('no disk')
    },
    third: () => Promise.reject(new Error('no agent')),
    fourth: async () => void done.push('fourth'),
  })
  await expect(work).rejects.toThrow(/^second: no disk; third: no agent$/)
  expect(done).toEqual(['first', 'fourth'])
  expect(told).toHaveBeenCalledTimes(2)
  await doParts({ first: () => void done.push('again') })
  expect(done).toContain('again')
})

it('a domain that fails leaves the others to be done', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const done: string[] = []
  const domains = [{ domain: 'a.test' }, { domain: 'b.test' }, { domain: 'c.test' }]
  const work = doEach(domains, ({ domain }) => {
    if (domain === 'b.test') throw new Error('gone')
    done.push(domain)
  })
  await expect(work).rejects.toThrow(/^b.test: gone$/)
  expect(done).toEqual(['a.test', 'c.test'])
})
