import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { paths } from '../../../../lib/model/paths.ts'
import { siteNames } from '../../../../lib/model/sites/names.ts'

const place = mkdtempSync(join(tmpdir(), 'additions-'))
Object.assign(paths, { nginx: `${place}/nginx`, nginxAdditions: `${place}/nginx/hosting-panel` })
const { changedSites, keepDirectives, noteRefused, refusedSites, sitesSetAside, useDirectives } =
  await import('../../../../lib/drivers/nginx/additions.ts')
afterAll(() => rmSync(place, { recursive: true }))

const names = siteNames('a.test')
const write = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const own = (text: string, name = 'by-hand'): void => write(`${names.additions}/${name}.conf`, text)
const kept = (): string[] =>
  readdirSync(names.keptAdditions).map((name) => readFileSync(`${names.keptAdditions}/${name}`, 'utf8'))

beforeEach(() => {
  vi.restoreAllMocks()
  rmSync(paths.nginx, { recursive: true, force: true })
  write(names.vhost, `server {\n    include ${names.additions}/*.conf;\n}\n`)
})

it('changed are those that differ from the kept ones, of sites that have a vhost', async () => {
  expect(await changedSites()).toEqual([])
  own('expires 1d;')
  write(`${siteNames('gone.test').additions}/a.conf`, 'expires 1d;')
  expect(await changedSites()).toEqual(['a.test'])
  await keepDirectives('a.test')
  await keepDirectives('gone.test')
  expect([await changedSites(), kept()]).toEqual([[], ['expires 1d;']])
  own('expires 2d;')
  expect(await changedSites()).toEqual(['a.test'])
})

it('kept ones are replaced one by one, and old ones go last', async () => {
  own('one', 'a')
  own('two', 'b')
  await keepDirectives('a.test')
  expect(kept()).toEqual(['one', 'two'])
  rmSync(`${names.additions}/a.conf`)
  own('three', 'c')
  await keepDirectives('a.test')
  expect(kept()).toEqual(['two', 'three'])
  rmSync(names.additions, { recursive: true })
  await keepDirectives('a.test')
  expect(readdirSync(dirname(names.keptAdditions))).toEqual([])
})

describe('set aside are', () => {
  beforeEach(async () => {
    own('expires 1d;')
    await keepDirectives('a.test')
    expect(await sitesSetAside()).toEqual([])
  })

  it('sites that are noted as refused', async () => {
    await noteRefused('a.test', 'unknown directive')
    expect(await sitesSetAside()).toEqual(['a.test'])
    await keepDirectives('a.test')
    expect([await sitesSetAside(), await refusedSites()]).toEqual([[], new Map()])
  })

  it('sites whose vhost a killed agent left with the kept ones', async () => {
    expect(await useDirectives('a.test', 'kept')).toBe(true)
    expect(await changedSites(), 'its own are as kept').toEqual([])
    expect(await sitesSetAside()).toEqual(['a.test'])
    expect(await useDirectives('a.test', 'own')).toBe(true)
    expect(await sitesSetAside()).toEqual([])
  })

  it('no sites that are gone: their notes are dropped', async () => {
    await noteRefused('gone.test', 'unknown directive')
    expect([await sitesSetAside(), await refusedSites()]).toEqual([[], new Map()])
  })
})
