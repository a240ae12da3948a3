import { describe, expect, it } from 'vitest'
import { cancel, cancellable, nobody } from './_mariadb.ts'

describe('tasks', () => {
  it('are cancelled by their names as long as they run', async () => {
    const seen: boolean[] = []
    const work = (signal: AbortSignal) =>
      new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('ended early')))
    const going = cancellable('a', nobody, work)
    expect([cancel('b'), cancel('a')]).toEqual([false, true])
    expect(await going).toBe('ended early')
    expect(cancel('a')).toBe(false)
    await expect(cancellable('a', nobody, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(cancel('a')).toBe(false)
    await cancellable('a', AbortSignal.abort(), (signal) => Promise.resolve(seen.push(signal.aborted)))
    expect(seen, 'who asked was gone already').toEqual([true])
  })
})
