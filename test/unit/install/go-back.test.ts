import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const install = join(import.meta.dirname, '../../../install')
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'go-back-'))
  for (const folder of ['data', 'releases/old', 'releases/new']) mkdirSync(join(home, folder), { recursive: true })
  write('panel.db', 'new')
})
afterEach(() => rmSync(home, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(home, 'data', name), text)
const read = (name: string): string => readFileSync(join(home, 'data', name), 'utf8')
const copies = (...times: string[]): void =>
  times.forEach((time, index) => write(`panel.db.before-${time}-77-v${9 + index}`, `copy ${index}`))

/** Goes back after a step failed; the machine is told by what it is asked, and the old release answers or not. */
function goBack(step: string, answers = true): { asked: string[]; told: string } {
  const parts = ['switch_to', 'install_crontab', 'restart_panel', 'as_task', 'systemctl', 'service']
  const machine = parts.map((name) => `${name}() { echo "${name} $*" >>${home}/asked; }`).join('\n')
  const script = `set -euo pipefail
home=${home} release_id=20260101T120000-5 log=${home}/log previous=${home}/releases/old
${machine}
has_systemd() { true; }
step_health() { ${answers ? 'true' : 'false'}; }
. ${install}/go-back.sh
go_back ${step} 2>&1`
  const told = execFileSync('bash', ['-c', script], { encoding: 'utf8' })
  const asked = readFileSync(join(home, 'asked'), { encoding: 'utf8', flag: 'a+' })
  return { asked: asked.split('\n').filter(Boolean), told }
}

it('the old release gets the database back that it can read, and is told to run once it answers', () => {
  copies('20251231120000000', '20260101120003123', '20260101120004000')
  write('panel.db-wal', 'log')
  const { asked, told } = goBack('health')
  expect(asked).toEqual([
    `switch_to ${home}/releases/old`,
    'systemctl stop hosting-panel.service hosting-panel-hook@*.service',
    'restart_panel ',
    'as_task converge',
  ])
  expect([read('panel.db'), read('panel.db.20260101T120000-5'), read('panel.db.20260101T120000-5-wal')]).toEqual([
    'copy 1',
    'new',
    'log',
  ])
  expect(readdirSync(join(home, 'data'))).not.toContain('panel.db-wal')
  expect(told).toMatch(/as it was before the upgrade; that of the new release is .*\n.*\(old\) runs again/)
})

it('a database that was not changed stays', () => {
  copies('20251231120000000')
  const { asked, told } = goBack('start')
  expect(asked).toEqual([`switch_to ${home}/releases/old`, 'restart_panel ', 'as_task converge'])
  expect(read('panel.db')).toBe('new')
  expect(told).toBe('The release from before (old) runs again.\n')
})

it('a release that does not answer is not told to run', () => {
  const { told } = goBack('start', false)
  expect(told).toMatch(/^The release from before \(old\) does not answer either.*\nLook at: journalctl/)
})

it('before the new release was switched to, nothing is to go back', () => {
  expect(goBack('build')).toEqual({ asked: [], told: '' })
})

it('a copy of a time that is still to come is not taken for that of the upgrade', () => {
  copies('29991231120000000')
  goBack('start')
  expect(read('panel.db')).toBe('new')
})
