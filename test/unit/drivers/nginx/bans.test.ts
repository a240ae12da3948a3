import { expect, it } from 'vitest'
import { renderAdminer } from '../../../../lib/drivers/nginx/adminer.conf.ts'
import { renderBans } from '../../../../lib/drivers/nginx/bans.conf.ts'
import { facts } from '../../_facts.ts'

const refuse = (jail: string) => `if (-f /run/hosting-panel-bans/${jail}/$remote_addr) {
    rewrite ^ /.hosting-panel/banned last;
}
`
const answer = `location = /.hosting-panel/banned {
    internal;
    access_log off;
    default_type text/plain;
    add_header Cache-Control no-store always;
    return 403 "Your address failed too often and is banned from here for a while. Try again later.\\n";
}
`
const written = '# Written by the hosting panel, which puts changes here back.\n'

it('nginx refuses visitors whom a jail bans, by what that closes', () => {
  expect(renderBans('sites')).toBe(
    written + ['nginx-http-auth', 'nginx-botsearch', 'nginx-limit-req'].map(refuse).join('') + answer,
  )
  expect(renderBans('panel')).toBe(written + refuse('hosting-panel') + answer)
})

it('looks for them where visitors come by a trusted proxy, and nowhere else', () => {
  const tool = (trustedProxies: string[]) => renderAdminer(null, { ...facts, trustedProxies })
  expect(tool(['192.0.2.1'])).toContain('    include snippets/hosting-panel-bans-panel.conf;\n')
  expect(tool([])).not.toContain('bans')
})
