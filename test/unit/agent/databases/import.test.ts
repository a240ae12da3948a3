import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { content, copy, dump, importDump, mariadb, marker, recovered, refusal, told, withShop } from './_mariadb.ts'

const { isBusy } = await import('../../../../lib/agent/converge/queues.ts')

describe.skipIf(process.getuid?.() !== 0)('an import', () => {
  it('keeps a copy, writes down what to restore, and imports', async () => {
    await withShop()
    let noted: unknown
    const through = mariadb.runImport
    mariadb.runImport = (...args) => {
      noted = [
        JSON.parse(readFileSync(marker(), 'utf8')),
        statSync(marker()).mode & 0o777,
        statSync(mariadb.imports).mode & 0o777,
      ]
      return through(...args)
    }
    expect(await importDump()).toEqual({ copyBytes: 14, notes: ['a note'] })
    expect(mariadb.done).toEqual(['dump shop', `import shop /opt/hosting-panel/data/uploads/${'f'.repeat(32)}`])
    expect(told).toEqual([
      ['Copying the database as it is', 0],
      ['Copying the database as it is', 10],
      ['Importing', 20],
      ['Importing', 60],
    ])
    expect(noted).toEqual([{ database: 'shop', charset: 'utf8mb4', copy }, 0o600, 0o700])
    expect([content(), mariadb.dumps.get(copy), readdirSync(mariadb.imports)]).toEqual([
      'imported',
      'what was there',
      [],
    ])
  })

  it('of what is no dump touches nothing, and copies nothing', async () => {
    await withShop()
    mariadb.inspectDump = () => Promise.reject(refusal('not_a_dump'))
    await expect(importDump()).rejects.toMatchObject({ code: 'not_a_dump' })
    mariadb.inspectDump = () => Promise.resolve()
    expect([mariadb.done, told, content(), mariadb.dumps.size]).toEqual([[], [], 'what was there', 0])
  })

  it('into what is empty keeps none', async () => {
    await withShop('')
    expect(await importDump()).toEqual({ copyBytes: null, notes: ['a note'] })
    expect([mariadb.done[0], told]).toEqual([
      `import shop /opt/hosting-panel/data/uploads/${'f'.repeat(32)}`,
      [
        ['Copying the database as it is', 0],
        ['Importing', 0],
        ['Importing', 50],
      ],
    ])
  })

  it('of a dump that is kept reads that one', async () => {
    await withShop()
    mariadb.dumps.set(dump, 'from the dump')
    await importDump({ from: { kind: 'dump', id: dump } })
    expect([content(), mariadb.dumps.has(dump)]).toEqual(['from the dump', true])
  })

  it('into a database that somebody dropped by hand is refused', async () => {
    await expect(importDump()).rejects.toMatchObject({ code: 'database_missing', status: 409 })
    expect([mariadb.done, existsSync(mariadb.imports)]).toEqual([[], false])
  })

  it('one thing at a time happens to a database, and each to its own', async () => {
    await withShop()
    mariadb.databases.set('blog', { charset: 'utf8mb4', content: '' })
    const order: string[] = []
    const ends = new Map<string, () => void>()
    const work = (database: string, name: string) =>
      recovered(database, async () => {
        order.push(`${name} begins`)
        await new Promise<void>((resolve) => ends.set(name, resolve))
        order.push(`${name} ends`)
        if (name === 'a') throw refusal('a')
      })
    const all = [work('shop', 'a'), work('shop', 'b'), work('blog', 'c')]
    await vi.waitFor(() => expect([...ends.keys()].sort()).toEqual(['a', 'c']))
    expect(isBusy(), 'the agent does not leave meanwhile').toBe(true)
    ends.get('a')!()
    await expect(all[0]).rejects.toMatchObject({ code: 'a' })
    await vi.waitFor(() => expect(ends.has('b')).toBe(true))
    ends.get('b')!()
    ends.get('c')!()
    await Promise.all(all.slice(1))
    expect([order.filter((each) => !each.startsWith('c')), isBusy()]).toEqual([
      ['a begins', 'a ends', 'b begins', 'b ends'],
      false,
    ])
  })
})
