import { describe, expect, it, vi } from 'vitest'
import {
  cancel,
  content,
  dump,
  exportDatabase,
  fail,
  importDump,
  mariadb,
  nobody,
  recovered,
  task,
  withShop,
} from './_mariadb.ts'

describe.skipIf(process.getuid?.() !== 0)('an import', () => {
  it('is cancelled: what was there is back', async () => {
    await withShop()
    const through = fail('cancelled')
    mariadb.runImport = (database, source) => {
      if (source.path.startsWith('/dumps')) return through(database, source)
      const cancelled = new Promise<void>((resolve) => source.cancel!.addEventListener('abort', () => resolve()))
      expect(cancel(task)).toBe(true)
      return cancelled.then(() => through(database, source))
    }
    await expect(importDump()).rejects.toMatchObject({ code: 'cancelled' })
    expect([content(), cancel(task)]).toEqual(['what was there', false])
  })

  it('whose panel is gone is cancelled like that', async () => {
    await withShop()
    const gone = new AbortController()
    const through = fail('cancelled')
    mariadb.runImport = (database, source) => {
      if (!source.path.startsWith('/dumps')) gone.abort()
      expect(source.cancel?.aborted ?? true).toBe(true)
      return through(database, source)
    }
    await expect(importDump({}, gone.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect(content()).toBe('what was there')
  })

  it('that waits for another of the same database is cancelled all the same, and touches nothing', async () => {
    await withShop()
    let finish!: () => void
    const first = recovered('shop', () => new Promise<void>((resolve) => (finish = resolve)))
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
    const waiting = [
      importDump({ task: one }),
      exportDatabase({ name: 'shop', dump, compression: 'gzip', most: null, task: two }, () => {}, nobody),
    ].map((each) => each.catch((error: unknown) => error))
    await vi.waitFor(() => expect(finish).toBeDefined())
    expect([cancel(one), cancel(two)]).toEqual([true, true])
    finish()
    await first
    expect(await Promise.all(waiting)).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }])
    expect([content(), mariadb.done.filter((each) => each.startsWith('import') || each.startsWith('drop'))]).toEqual([
      'what was there',
      [],
    ])
  })
})
