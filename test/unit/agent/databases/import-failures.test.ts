import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  applyDatabase,
  content,
  copy,
  fail,
  importDump,
  mariadb,
  marker,
  recovered,
  recoverImports,
  refusal,
  told,
  withShop,
} from './_mariadb.ts'

describe.skipIf(process.getuid?.() !== 0)('an import', () => {
  it.each(['dump_refused', 'dump_truncated', 'mariadb_full'])(
    'that fails leaves what was there, and no copy: %s',
    async (code) => {
      await withShop()
      mariadb.runImport = fail(code)
      await expect(importDump()).rejects.toMatchObject({ code })
      expect(mariadb.done.slice(2)).toEqual(['drop shop', 'create shop', `import shop /dumps/${copy}`])
      expect([content(), mariadb.dumps.size, readdirSync(mariadb.imports), told.at(-1)]).toEqual([
        'what was there',
        0,
        [],
        ['Restoring the database', 99],
      ])
    },
  )

  it('that fails in what was empty leaves it empty, in its character set', async () => {
    await withShop('')
    mariadb.runImport = fail('dump_refused')
    await expect(importDump({ charset: 'latin1' })).rejects.toMatchObject({ code: 'dump_refused' })
    expect([mariadb.databases.get('shop'), mariadb.dumps.size, existsSync(marker())]).toEqual([
      { charset: 'latin1', content: '' },
      0,
      false,
    ])
  })

  it('that cannot be restored says where the copy is, and is restored by whoever comes next', async () => {
    await withShop()
    mariadb.runImport = fail('dump_refused')
    mariadb.refuse.set('create shop', refusal('mariadb_full'))
    await expect(importDump()).rejects.toMatchObject({
      code: 'not_put_back',
      message: expect.stringContaining(`Its copy is /dumps/${copy};`),
    })
    expect([existsSync(marker()), mariadb.dumps.get(copy), content()]).toEqual([true, 'what was there', undefined])
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    mariadb.refuse.clear()
    expect(await recovered('shop', () => Promise.resolve(content()))).toBe('what was there')
    expect([existsSync(marker()), log.mock.calls]).toEqual([
      false,
      [['Rolled an import of shop back that was cut off']],
    ])
  })

  it('that a kill cut off is rolled back at the agent’s start', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    await withShop('half')
    await applyDatabase({ database: { name: 'blog', charset: 'latin1', full: false, users: [] }, gone: [] })
    mariadb.databases.set('blog', { charset: 'utf8mb4', content: 'half' })
    mariadb.done.length = 0
    mariadb.dumps.set(copy, 'what was there')
    mkdirSync(mariadb.imports)
    writeFileSync(marker(), JSON.stringify({ database: 'shop', charset: 'utf8mb4', copy }))
    writeFileSync(
      join(mariadb.imports, 'blog.json'),
      JSON.stringify({ database: 'blog', charset: 'latin1', copy: null }),
    )
    for (const other of ['.shop.json.0123456789ab', 'README']) writeFileSync(join(mariadb.imports, other), 'not one')
    await recoverImports()
    expect(mariadb.done[0], 'before anything else').toBe('end imports')
    await vi.waitFor(() => expect(readdirSync(mariadb.imports).sort()).toEqual(['.shop.json.0123456789ab', 'README']))
    expect([content(), mariadb.databases.get('blog')]).toEqual(['what was there', { charset: 'latin1', content: '' }])
    await recoverImports()
    expect(content(), 'and once is enough').toBe('what was there')
  })
})
