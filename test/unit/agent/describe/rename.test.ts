import { expect, it } from 'vitest'
import { describeRename } from '../../../../lib/agent/sites/describe-rename.ts'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import { facts } from '../../_facts.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { outline } from './_outline.ts'

const [old, next] = ['s-old-test-9b0dd3c0', 's-next-test-c0ffee00']
/** Users by what they are: their names end with a hash. */
const plain = (lines: string[]) =>
  lines.map((line) => line.replaceAll(/s-old-test-[0-9a-f]{8}/g, old).replaceAll(/s-next-test-[0-9a-f]{8}/g, next))
const stamp = '20261123T101500'
const machine = { ...facts, phpVersions: ['8.2' as const] }
const php = siteSpec({
  domain: 'next.test',
  runtime: 'php',
  phpVersion: '8.2',
  directives: 'autoindex on;',
  cache: { redis: { hash: 'a'.repeat(64) }, page: null, scripts: true },
})

it('moves what the site has, keeps its user, and makes anew only what the panel writes', () => {
  const found = {
    nginxLogs: ['old.test.access.log', 'old.test.access.log.1', 'old.test.error.log.2.gz', 'cold.test.access.log.1'],
    appLogs: ['old.test.log.1'],
  }
  const resources = describeRename('old.test', php, machine, stamp, found)
  const lines = plain(outline(resources))
  expect(lines.filter((line) => /^(?:move|username|keys) /.test(line))).toEqual([
    `username ${old} ${next} /var/www/next.test hosting-panel site next.test`,
    `keys ${old} ${next}`,
    'move /var/www/old.test /var/www/next.test',
    'move /etc/hosting-panel/certificates/old.test /etc/hosting-panel/certificates/next.test',
    'move /etc/nginx/hosting-panel/old.test /etc/nginx/hosting-panel/next.test',
    'move /etc/nginx/hosting-panel/.kept/old.test /etc/nginx/hosting-panel/.kept/next.test',
    'move /etc/nginx/hosting-panel/.refused/old.test /etc/nginx/hosting-panel/.refused/next.test',
    `move /etc/hosting-panel/mail/${old}.json /etc/hosting-panel/mail/${next}.json`,
    `move /var/lib/hosting-panel-mail/sites/${old} /var/lib/hosting-panel-mail/sites/${next}`,
    'move /var/log/nginx/old.test.access.log /var/log/nginx/next.test.access.log',
    'move /var/log/nginx/old.test.error.log /var/log/nginx/next.test.error.log',
    'move /var/log/hosting-panel-apps/old.test.log /var/log/hosting-panel-apps/next.test.log',
    `move /var/spool/cron/crontabs/${old} /var/spool/cron/crontabs/${next}`,
    'move /var/log/nginx/old.test.access.log.1 /var/log/nginx/next.test.access.log.1',
    'move /var/log/nginx/old.test.error.log.2.gz /var/log/nginx/next.test.error.log.2.gz',
    'move /var/log/hosting-panel-apps/old.test.log.1 /var/log/hosting-panel-apps/next.test.log.1',
  ])
  const made = lines.filter((line) => !/^(?:move|username|keys|-|tree) /.test(line))
  expect(made.filter((line) => line.includes('old'))).toEqual([])
  expect(made.some((line) => /\/var\/www\/|\/etc\/nginx\/hosting-panel\/|certificates|^account/.test(line))).toBe(false)
  expect(made).toContain('link /etc/nginx/sites-enabled/next.test.conf /etc/nginx/sites-available/next.test.conf')
})

it('removes files of the former group before the user gets its new name, as a rollback brings them back after', () => {
  const app = { ...newApp('node', 20_001), command: ['node', 'a.js'] }
  for (const spec of [php, siteSpec({ domain: 'next.test', runtime: 'node', app })]) {
    const resources = describeRename('old.test', spec, machine, stamp)
    const renaming = resources.findIndex(({ kind }) => kind === 'username')
    const removals = resources.filter(({ kind, state }) => kind === 'file' && state === null)
    expect(removals.length).toBeGreaterThan(5)
    for (const [index, { kind, name, state, turn }] of resources.entries()) {
      if (kind === 'file' && state === null && name.includes('old-test'))
        expect([name, turn, index < renaming]).toEqual([name, 'first', true])
    }
  }
})

it('leaves a log where one of an earlier site of the new name is', () => {
  const nginxLogs = ['old.test.access.log.1', 'next.test.access.log.1']
  const names = describeRename('old.test', php, machine, stamp, { nginxLogs, appLogs: [] }).map(({ name }) => name)
  expect(names).not.toContain('/var/log/nginx/old.test.access.log.1')
})
