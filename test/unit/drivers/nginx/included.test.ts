import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { includesIn, includesSites } from '../../../../lib/drivers/nginx/included.ts'

it('reads what a file includes, in every way of writing it', () => {
  const text = `
user www-data; include /etc/nginx/modules-enabled/*.conf;
# include /etc/nginx/sites-enabled/*;
http { include mime.types;
	include	"/etc/nginx/conf.d/*.conf" ;
    include '/srv/more.conf';
    server { root /include; } # include nothing;
}
include_not /x;`
  expect(includesIn(text)).toEqual([
    '/etc/nginx/modules-enabled/*.conf',
    '/etc/nginx/mime.types',
    '/etc/nginx/conf.d/*.conf',
    '/srv/more.conf',
  ])
})

it('finds the sites in the file itself, and behind others, and not behind a comment', async () => {
  const place = mkdtempSync(join(tmpdir(), 'nginx-'))
  const write = (name: string, text: string) => {
    writeFileSync(join(place, name), text)
    return join(place, name)
  }
  const direct = write('direct.conf', 'http {\n  include sites-enabled/*;\n}')
  expect(await includesSites(direct)).toBe(true)
  expect(await includesSites(write('behind.conf', `http { include ${place}/dir*.conf; }`))).toBe(true)
  const none = write('none.conf', 'http {\n  # include /etc/nginx/sites-enabled/*;\n}')
  expect(await includesSites(none)).toBe(false)
  expect(await includesSites(write('circle.conf', `include ${place}/circle.conf; include ${place}/missing;`))).toBe(
    false,
  )
  expect(await includesSites(join(place, 'missing'))).toBe(false)
})
