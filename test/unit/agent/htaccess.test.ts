import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findHtaccess } from '../../../lib/agent/sites/htaccess.ts'
import { paths } from '../../../lib/model/paths.ts'

const domain = 'a.test'
let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'htaccess-'))
  Object.assign(paths, { websites: place })
  mkdirSync(join(place, domain, 'public'), { recursive: true })
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

const find = () => findHtaccess({ domain, documentRoot: 'public' })

/** Puts a file into a folder of the site's home, which is made. */
function put(folder: string, text: string, name = '.htaccess'): void {
  mkdirSync(join(place, domain, folder), { recursive: true })
  writeFileSync(join(place, domain, folder, name), text)
}

it('finds those below the document root, and no others', async () => {
  for (const folder of ['public', 'public/data', 'tmp', 'publicity']) put(folder, 'Require all denied')
  const elsewhere = join(place, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, '.htaccess'), 'Require all denied')
  symlinkSync(elsewhere, join(place, domain, 'public/link'))
  const { files, complete } = await find()
  expect([complete, files.map(({ path }) => path).sort()]).toEqual([true, ['/', '/data']])
})

it('says that it did not see all: of more files than it reads, or than it looks at', async () => {
  for (let at = 0; at < 101; at++) put(`public/${at}`, 'AuthType Basic')
  const { files, complete } = await find()
  expect([complete, files.length]).toEqual([false, 101])
})

it('says that it saw all of as many as it reads', async () => {
  for (let at = 0; at < 100; at++) put(`public/${at}`, 'AuthType Basic')
  expect(await find()).toMatchObject({ complete: true, files: Array.from({ length: 100 }, () => ({ password: true })) })
})

it('finds none where no site is', async () => {
  rmSync(join(place, domain), { recursive: true })
  expect(await find()).toEqual({ files: [], complete: true })
})
