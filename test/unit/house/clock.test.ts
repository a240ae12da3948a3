import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const texts = execFileSync('git', ['ls-files', '-z', 'lib/*.ts'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter(Boolean)
  .map((name): [string, string] => [name, readFileSync(join(root, name), 'utf8')])

const found = (folder: RegExp, pattern: RegExp): string[] =>
  texts.filter(([name, text]) => folder.test(name) && pattern.test(text)).map(([name]) => name)

/** Why the processes of root may ask the clock, which may be set at any time; waiting is by performance.now(). */
const asking = {
  'lib/agent/bans/bans.ts': 'Fail2ban says when bans end',
  'lib/agent/certificates/certificates.ts': 'authorities say how long certificates last',
  'lib/agent/converge/converge.ts': 'people read it',
  'lib/agent/firewall/firewall.ts': 'the undo waits no longer than its minute, whatever is stored',
  'lib/agent/health/health.ts': 'a time that is still to come is not believed',
  'lib/agent/mail/mail.ts': 'a time that is still to come is left out',
  'lib/agent/server/server-state.ts': 'the name of an entry of the trash',
  'lib/agent/sites/batch.ts': 'the name of an entry of the trash',
  'lib/agent/upgrades/outdated.ts': 'a time that is still to come is not believed',
  'lib/drivers/certbot/index.ts': 'authorities say when to try again',
  'lib/drivers/certificates/index.ts': 'a time that is still to come is not believed',
  'lib/drivers/clock/index.ts': 'it is the one that reads it',
  'lib/supervisor/log.ts': 'people read it',
}

/** Consequences of the times of files. */
const filesTimes = {
  'lib/agent/sites/temporary.ts': 'an age by the time that the server ran',
  'lib/agent/upgrades/outdated.ts': 'a time that is still to come is not believed',
  'lib/drivers/certificates/index.ts': 'an age by the time that the server ran; one is not believed if it is to come',
  'lib/drivers/mariadb/dumps.ts': 'an age by the time that the server ran',
  'lib/drivers/node/index.ts': 'an age by the time that the server ran',
  'lib/panel/proxies/follow.ts': 'whether it is another',
  'lib/panel/sites/idle.ts': 'a time that is still to come is not believed',
  'lib/panel/upgrades/watch.ts': 'whether it is another',
  'lib/proc/replaced.ts': 'when a process began, by the clock as it is now',
  'lib/system/failpoint.ts': 'whether it is another',
  'lib/system/fingerprint.ts': 'whether it is another',
  'lib/system/passwd.ts': 'whether it is another',
  'lib/system/prune.ts': 'an age by the time that the server ran',
}

it('the processes of root ask the clock in no other file', () => {
  const files = found(/^lib\/(?:agent|drivers|proc|rpc|supervisor|system)\//, /\bDate\.now\b|new Date\(\)/)
  expect(files.sort()).toEqual(Object.keys(asking))
})

it('nothing else follows from the time of a file', () => {
  expect(found(/./, /\b[abcm]time(?:Ms|Ns)?\b|birthtime/).sort()).toEqual(Object.keys(filesTimes))
})

it('nobody waits by a clock that may be set', () => {
  expect(found(/./, /\b(?:deadline|until|begun|started) = Date\.now\(\)/)).toEqual([])
})
