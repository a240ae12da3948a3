import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { siteNames } from '../../../lib/model/sites/names.ts'
import { groupsBelow } from '../../../lib/system/cgroup.ts'

/** Plain directories with the files a kernel would put there. */
function hierarchy() {
  const top = mkdtempSync(join(tmpdir(), 'hosting-panel-'))
  onTestFinished(() => rmSync(top, { recursive: true }))
  const base = `${top}/system.slice/hosting-panel-supervisor.service`
  const group = { name: 's-a', place: siteNames('a.test').appGroup }
  const make = (path: string) => {
    mkdirSync(path, { recursive: true })
    for (const file of ['cgroup.procs', 'memory.max', 'pids.max', 'cgroup.subtree_control'])
      writeFileSync(`${path}/${file}`, '')
    return path
  }
  make(base)
  return { top, base, group, make, groups: groupsBelow(base, top), read: (path: string) => readFileSync(path, 'utf8') }
}
const limits = { memory: 1000, processes: 7 }

it('names the place of a site’s app in its slice, flat whatever dashes its user has', () => {
  expect(siteNames('a-b.test')).toMatchObject({
    slice: String.raw`sites-s\x2da\x2db\x2dtest\x2d${siteNames('a-b.test').user.slice(-8)}.slice`,
    appGroup: expect.stringMatching(
      /^sites\.slice\/sites-s\\x2da[^/]+\.slice\/hosting-panel-app@s\\x2da[^/]+\.service$/,
    ),
  })
})

it('puts an app below the supervisor while it has no place of its own', () => {
  const { base, group, make, groups, read } = hierarchy()
  make(`${base}/app-s-a`)
  groups.enter(group, 42, limits)
  expect([
    read(`${base}/app-s-a/cgroup.procs`),
    read(`${base}/app-s-a/memory.max`),
    read(`${base}/app-s-a/pids.max`),
  ]).toEqual(['42', '1000', '7'])
  expect(groups.hasPlace(group)).toBe(false)
  expect(groups.members(group)).toEqual([42])
})

it('puts it into its place once that is there, with the controllers its limits need', () => {
  const { top, base, group, make, groups, read } = hierarchy()
  make(`${top}/${group.place}`)
  make(`${top}/${group.place}/app`)
  expect(groups.hasPlace(group)).toBe(true)
  groups.enter(group, 42, limits)
  expect(read(`${top}/${group.place}/app/cgroup.procs`)).toBe('42')
  expect(read(`${top}/${group.place}/cgroup.subtree_control`)).toBe('+pids')
  expect(existsSync(`${base}/app-s-a`)).toBe(false)
})

it('counts what the kernel ended in either place', () => {
  const { top, base, group, make, groups } = hierarchy()
  writeFileSync(`${make(`${base}/app-s-a`)}/memory.events`, 'oom 3\noom_kill 2\n')
  writeFileSync(`${make(`${top}/${group.place}/app`)}/memory.events`, 'oom 3\noom_kill 1\n')
  expect(groups.outOfMemory(group)).toBe(3)
})
