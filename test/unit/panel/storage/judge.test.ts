import { describe, expect, it } from 'vitest'
import { judge, type Case } from '../../../../lib/panel/storage/judge.ts'
import { greatestShare } from '../../../../lib/panel/usage/limits.ts'

const MIB = 1024 * 1024
const usual: Case = {
  storage: 'ok',
  used: { bytes: 50 * MIB, files: 500 },
  most: { bytes: 100 * MIB, files: 1_000 },
  whenFull: null,
  ownerIsFull: false,
  hasCode: true,
}
const judged = (changes: Partial<Case>) => judge({ ...usual, ...changes })

describe('a site', () => {
  it('is full from its limit on, of bytes or of files', () => {
    expect(judged({})).toBe('ok')
    expect(judged({ used: { bytes: 100 * MIB - 1, files: 999 } })).toBe('ok')
    expect(judged({ used: { bytes: 100 * MIB, files: 1 } })).toBe('full')
    expect(judged({ used: { bytes: 1, files: 1_000 } })).toBe('full')
  })

  it('is full while its owner is', () => {
    expect(judged({ ownerIsFull: true })).toBe('full')
    expect(judged({ storage: 'full', ownerIsFull: true })).toBe('full')
    expect(judged({ storage: 'full' })).toBe('ok')
  })

  it('is let go below 95 %, whichever way it is held', () => {
    for (const storage of ['full', 'over'] as const) {
      expect(judged({ storage, used: { bytes: 94 * MIB, files: 1 } })).toBe('ok')
      expect(judged({ storage, used: { bytes: 96 * MIB, files: 1 } })).toBe(storage)
    }
  })

  it('is stopped when it grows although it is full, and not by what was under way then', () => {
    const whenFull = { bytes: 100 * MIB, files: 1_000 }
    const full = { storage: 'full', whenFull } as const
    expect(judged({ ...full, used: { bytes: 134 * MIB, files: 2_020 } })).toBe('full')
    expect(judged({ ...full, used: { bytes: 135 * MIB, files: 1_000 } })).toBe('over')
    expect(judged({ ...full, used: { bytes: 100 * MIB, files: 2_021 } })).toBe('over')
    expect(judged({ ...full, used: { bytes: 150 * MIB, files: 0 }, whenFull: null })).toBe('full')
  })

  it('without code is never stopped: nothing of it can grow', () => {
    const case_ = { storage: 'full', whenFull: { bytes: 0, files: 0 }, used: { bytes: 500 * MIB, files: 0 } } as const
    expect(judged({ ...case_, hasCode: false })).toBe('full')
  })

  it('without a limit of files has only its bytes counted', () => {
    expect(greatestShare({ bytes: 50, files: 1e9 }, { bytes: 100, files: Infinity })).toBe(0.5)
  })
})
