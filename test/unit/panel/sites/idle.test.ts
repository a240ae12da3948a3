import { expect, it } from 'vitest'
import { idleDomains, idleness } from '../../../../lib/panel/sites/idle.ts'
import { siteUser } from '../../../../lib/model/sites/names.ts'

const masterOf = (domain: string, suffix = '') => ({
  title: `php-fpm: master process (/etc/php/8.2/fpm/sites/${siteUser(domain)}${suffix}.conf)`,
})
const workerOf = (domain: string) => ({ title: `php-fpm: pool ${siteUser(domain)}` })
const now = 100 * 60_000
const minutesAgo = (minutes: number) => now - minutes * 60_000

it('puts to sleep what runs, has no worker and was not asked for ten minutes', () => {
  const processes = [
    masterOf('idle.test'),
    masterOf('shared.test', '-shared'),
    masterOf('recent.test'),
    masterOf('busy.test'),
    workerOf('busy.test'),
    { title: 'nginx: master process /usr/sbin/nginx' },
  ]
  const activities = [
    { domain: 'idle.test', lastRequest: minutesAgo(11) },
    { domain: 'shared.test', lastRequest: minutesAgo(60) },
    { domain: 'recent.test', lastRequest: minutesAgo(9) },
    { domain: 'busy.test', lastRequest: minutesAgo(60) },
    { domain: 'stopped.test', lastRequest: minutesAgo(60) },
  ]
  expect(idleDomains(processes, activities, now)).toEqual(['idle.test', 'shared.test'])
})

it('tells of any master, such as the database tool’s', () => {
  const running = { title: 'php-fpm: master process (/etc/php/8.2/fpm/sites/hosting-panel-adminer.conf)' }
  const busy = { title: 'php-fpm: pool hosting-panel-adminer' }
  const sleeps = (processes: { title: string }[], last: number) =>
    idleness(processes, now)(['hosting-panel-adminer'], last)
  expect([
    sleeps([running], minutesAgo(11)),
    sleeps([running], minutesAgo(9)),
    sleeps([running, busy], minutesAgo(11)),
    sleeps([], minutesAgo(11)),
  ]).toEqual([true, false, false, false])
})
