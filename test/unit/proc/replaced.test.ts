import { expect, it } from 'vitest'
import { beganAt, replacedFiles, unitOfGroup } from '../../../lib/proc/replaced.ts'

it('finds programs and libraries that were replaced, and nothing else that was deleted', () => {
  const maps = `
55d0c000-55d0d000 r--p 00000000 fe:00 1311 /usr/sbin/php-fpm8.2 (deleted)
55d0d000-55d0e000 r-xp 00001000 fe:00 1311 /usr/sbin/php-fpm8.2 (deleted)
7f1000000-7f1001000 r-xp 00000000 fe:00 1312 /usr/lib/x86_64-linux-gnu/libssl.so.3
7f2000000-7f2001000 r-xp 00000000 fe:00 1313 /usr/lib/php/20220829/redis.so (deleted)
7f2100000-7f2101000 r-xp 00001000 fe:00 1313 /usr/lib/php/20220829/redis.so (deleted)
7f3000000-7f3001000 rwxs 00000000 00:01 2 /dev/zero (deleted)
7f4000000-7f4001000 r-xp 00000000 00:01 3 /memfd:doublemapper (deleted)
7f5000000-7f5001000 r-xp 00000000 fe:00 1314 /var/www/a.test/usr/lib/x.so (deleted)
7f6000000-7f6001000 rw-p 00000000 fe:00 1315 /usr/share/data (deleted)
7f7000000-7f7001000 r-xp 00000000 00:00 0
`
  expect(replacedFiles(maps)).toEqual(['/usr/sbin/php-fpm8.2', '/usr/lib/php/20220829/redis.so'])
  expect(replacedFiles('')).toEqual([])
})

it('finds the unit of a process', () => {
  const app = String.raw`hosting-panel-app@s\x2da\x2d1.service`
  expect(
    [
      '0::/system.slice/nginx.service\n',
      `0::/sites.slice/sites-x.slice/${app}/app\n`,
      '1:name=systemd:/x.service\n0::/init.scope\n',
      '',
    ].map(unitOfGroup),
  ).toEqual(['nginx.service', app, null, null])
})

it('tells when a process began, whatever it calls itself', () => {
  const stat = `42 (a) b (c) S 1 ${Array.from({ length: 17 }, (_, i) => i).join(' ')} 500 0`
  expect(beganAt(stat, 'cpu 1 2\nbtime 1000\nprocesses 3\n')).toBe(1_005_000)
})
