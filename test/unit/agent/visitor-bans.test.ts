import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { alignVisitors, listLiveBans, visitorDrift } from '../../../lib/agent/bans/visitors.ts'
import type { Banned } from '../../../lib/drivers/fail2ban/parse.ts'
import { PanelError } from '../../../lib/model/errors.ts'
import { paths } from '../../../lib/model/paths.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'visitors-'))
  Object.assign(paths, { visitorBans: join(place, 'bans') })
})
afterEach(() => rmSync(place, { recursive: true }))

const ban = (address: string, jail = 'nginx-botsearch') => ({ jail, address })
/** Fail2ban's answers: the last one again and again. */
const banned = (...answers: (Banned[] | PanelError)[]) => {
  let at = 0
  return () => {
    const answer = answers[Math.min(at++, answers.length - 1)]!
    return answer instanceof PanelError ? Promise.reject(answer) : Promise.resolve(answer)
  }
}
const files = (jail = 'nginx-botsearch') => readdirSync(join(paths.visitorBans, jail)).sort()
const summary = 'a ban of a visitor behind a proxy'

it('a file stands for each banned address, and for nobody else', async () => {
  await mkdir(join(paths.visitorBans, 'hosting-panel'), { recursive: true })
  await writeFile(join(paths.visitorBans, 'hosting-panel', '203.0.113.9'), '')
  const all = [ban('203.0.113.7'), ban('2001:db8::7'), ban('203.0.113.0/24'), ban('192.0.2.1', 'sshd')]
  const changes = [
    { action: 'create', kind: 'file', name: join(paths.visitorBans, 'nginx-botsearch/203.0.113.7'), summary },
    { action: 'create', kind: 'file', name: join(paths.visitorBans, 'nginx-botsearch/2001:db8::7'), summary },
    { action: 'delete', kind: 'file', name: join(paths.visitorBans, 'hosting-panel/203.0.113.9'), summary },
  ]
  expect(await visitorDrift(banned(all))).toEqual(changes)
  expect(await alignVisitors(banned(all))).toEqual(changes)
  expect([files(), files('hosting-panel')]).toEqual([['2001:db8::7', '203.0.113.7'], []])
  expect(statSync(join(paths.visitorBans, 'nginx-botsearch/203.0.113.7')).mode & 0o777, 'nginx reads it').toBe(0o644)
  expect(
    [paths.visitorBans, join(paths.visitorBans, 'nginx-botsearch')].map((path) => statSync(path).mode & 0o777),
  ).toEqual([0o711, 0o711])
  expect(await visitorDrift(banned(all))).toEqual([])
  const listed = all.map((one) => ({ ...one, since: null, until: null, lines: [] }))
  expect(
    (await listLiveBans(() => Promise.resolve(listed))).map(({ address, behindProxies }) => [address, behindProxies]),
  ).toEqual([
    ['203.0.113.7', true],
    ['2001:db8::7', true],
    ['203.0.113.0/24', false],
    ['192.0.2.1', false],
  ])
})

it('a ban that ends, or begins, while it is looked at is no difference', async () => {
  expect(await visitorDrift(banned([ban('203.0.113.7')], []))).toEqual([])
})

it('bans stay while Fail2ban does not tell them', async () => {
  await alignVisitors(banned([ban('203.0.113.7')]))
  const down = banned(new PanelError('fail2ban_down', 503, 'It does not run'))
  expect([await alignVisitors(down), files()]).toEqual([[], ['203.0.113.7']])
})

it('what another program put there goes', async () => {
  await mkdir(join(paths.visitorBans, 'nginx-limit-req'), { recursive: true })
  await writeFile(join(paths.visitorBans, 'nginx-limit-req', '$(id)'), '')
  await alignVisitors(banned([]))
  expect(files('nginx-limit-req')).toEqual([])
})
