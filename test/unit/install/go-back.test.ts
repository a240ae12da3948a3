import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'

const install = join(import.meta.dirname, '../../../install')
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'go-back-'))
  for (const folder of ['data', 'kept', 'programs', 'state', 'releases/old/node_modules/.bin', 'releases/new'])
    mkdirSync(join(home, folder), { recursive: true })
  symlinkSync(process.execPath, join(home, 'releases/old/node_modules/.bin/node'))
  write('programs/unit', 'old')
  write('state/vhost', 'old')
  tables(11)
})
afterEach(() => rmSync(home, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(home, name), text)
const read = (name: string): string => readFileSync(join(home, name), 'utf8')
const withDatabase = <T>(path: string, work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(join(home, path))
  try {
    return work(db)
  } finally {
    db.close()
  }
}
const tables = (version: number): void =>
  withDatabase('data/panel.db', (db) => db.exec(`PRAGMA user_version = ${version}`))
const versionOf = (path: string): unknown =>
  withDatabase(path, (db) => db.prepare('PRAGMA user_version').get()!.user_version)

/** Runs lines of the installer. The machine is told what it is asked, and the old release answers or not. */
function run(lines: string, answers = true): { asked: string[]; told: string } {
  const parts = ['switch_to', 'install_crontab', 'restart_panel', 'start_timers', 'as_task', 'systemctl', 'nginx']
  const machine = parts.map((name) => `${name}() { echo "${name} $*" >>${home}/asked; }`).join('\n')
  const script = `set -euo pipefail
home=${home} public=${home}/public release_id=new log=${home}/log command= completion=
previous=${home}/releases/old release=${home}/releases/new
${machine}
has_systemd() { true; }
installed_timers() { echo hosting-panel-sweep.timer; }
step_health() { ${answers ? 'true' : 'false'}; }
. ${install}/keep.sh
. ${install}/go-back.sh
watcher=hosting-panel-go-back.service
kept=${home}/kept told=${home}/told step_file=${home}/step database=${home}/data/panel.db
as_owner() { "$@"; }
files_of() { find ${home}/$1 -type f | sort; }
echo "$previous" >$kept/previous; echo "$release" >$kept/release; echo $release_id >$kept/made
${lines} 2>&1`
  const told = execFileSync('bash', ['-c', script], { encoding: 'utf8' })
  const asked = readFileSync(join(home, 'asked'), { encoding: 'utf8', flag: 'a+' })
  return { asked: asked.split('\n').filter(Boolean), told }
}

/** Changes the database as another program. */
const alter = (statement: string): string =>
  `${process.execPath} -e 'new (require("node:sqlite").DatabaseSync)("${home}/data/panel.db").exec("${statement}")'`

/** The new release changes what it finds, and leaves something of its own. */
const change = `keep programs
echo new >${'$home'}/programs/unit; echo new >$home/programs/later`
const stop =
  'systemctl stop hosting-panel-sweep.timer hosting-panel-hook@*.service hosting-panel.service ' +
  'hosting-panel-agent.socket hosting-panel-agent.service'
const forget = 'systemctl reset-failed hosting-panel-hook@*.service'
const begin = () => [`switch_to ${home}/releases/old`, 'systemctl daemon-reload']
const end = () => [
  'restart_panel ',
  `start_timers ${home}/releases/old`,
  'as_task converge',
  'systemctl restart hosting-panel-guard.service hosting-panel-sockets.service',
]

it('puts back what the new release had changed, and removes what it had brought', () => {
  const { asked, told } = run(`${change}
keep_state
echo new >$home/state/vhost; echo new >$home/state/later
go_back`)
  expect(asked).toEqual([stop, forget, stop, forget, ...begin(), 'nginx -t -q', 'nginx -s reload', ...end()])
  expect([read('programs/unit'), read('state/vhost')]).toEqual(['old', 'old'])
  expect([readdirSync(join(home, 'programs')), readdirSync(join(home, 'state'))]).toEqual([['unit'], ['vhost']])
  expect(told).toBe('The release from before (old) runs again.\n')
  expect([existsSync(join(home, 'releases/new')), existsSync(join(home, 'kept'))]).toEqual([false, false])
})

it('before the panel was stopped, only its programs go back', () => {
  const { asked, told } = run(`${change}
go_back`)
  expect(asked).toEqual([...begin(), ...end()])
  expect(readdirSync(join(home, 'programs'))).toEqual(['unit'])
  expect(told).toBe('The release from before (old) runs again.\n')
})

it('gives the old release the database that it can read, and keeps the new one', () => {
  const { told } = run(`${change}
keep_state
${alter('PRAGMA user_version = 12')}
go_back`)
  expect(told).toMatch(/^Its database is as it was before the upgrade; that of the new release is .*\/panel\.db\.new\./)
  expect([versionOf('data/panel.db'), versionOf('data/panel.db.new')]).toEqual([11, 12])
})

it('leaves a database whose tables nobody changed, with what happened meanwhile', () => {
  run(`${change}
keep_state
${alter('CREATE TABLE x (y)')}
go_back`)
  expect(withDatabase('data/panel.db', (db) => db.prepare('SELECT name FROM sqlite_schema').all())).toHaveLength(1)
  expect(readdirSync(join(home, 'data'))).toEqual(['panel.db'])
})

it('does not say that a release runs that does not answer', () => {
  const { told } = run(
    `${change}
go_back`,
    false,
  )
  expect(told).toMatch(/^The release from before \(old\) does not answer either.*\nLook at: journalctl/)
  expect(told).toContain(`as they were before the upgrade, are in ${home}/kept.failed`)
  expect(readdirSync(join(home, 'kept.failed'))).toEqual(expect.arrayContaining(['programs.list', 'programs.tar']))
  expect(existsSync(join(home, 'kept')), 'nothing goes back by itself later').toBe(false)
})

it('removes a release that was not built to its end, and asks nothing else', () => {
  write('releases/new/.unfinished', '')
  expect(run('rm -rf $kept; go_back')).toEqual({ asked: [], told: '' })
  expect(readdirSync(join(home, 'releases'))).toEqual(['old'])
})

it('ends the step of an installer that was killed, and tells the next run', () => {
  const { told } = run(`${change}
sh -c 'sleep 60 & wait' & echo $! >$step_file
go_back_cut_off
[ -z "$(jobs -r)" ] || echo still running
cat $told`)
  expect(told).toBe('The release from before (old) runs again.\n')
})

it('keeps nothing that it could not keep whole', () => {
  expect(() => run('tar() { return 2; }; keep programs')).toThrow()
  expect(existsSync(join(home, 'kept/programs.list'))).toBe(false)
})

it('leaves the new database in its place when the old one cannot be written', () => {
  run(`${change}
keep_state
write_as_owner() { false; }
${alter('PRAGMA user_version = 12')}
go_back`)
  expect(versionOf('data/panel.db')).toBe(12)
})
