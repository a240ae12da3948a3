import { expect, it } from 'vitest'
import { silence } from '../../../../lib/panel/apps/ready.ts'

it('says where an app listens, and never contradicts itself', () => {
  expect(silence(20_001, 60, null)).toMatch(/did not listen on port 20001/)
  expect(silence(20_001, 60, { listening: [] })).toMatch(/within 60 seconds/)
  expect(silence(20_001, 60, { listening: [3000, 3001] })).toBe(
    'It listens on port 3000 and 3001, but not on 20001, the one it was given as PORT',
  )
  expect(silence(20_001, 60, { listening: [3000, 20_001] })).toBe(
    'It listens on port 20001 of another address than 127.0.0.1, the one it was given as HOST',
  )
})
