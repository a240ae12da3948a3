import { expect, it } from 'vitest'
import { renderAdminer } from '../../../../lib/drivers/nginx/adminer.conf.ts'
import { hasNetwork, renderBannedNetworks, renderBans } from '../../../../lib/drivers/nginx/bans.conf.ts'
import { facts } from '../../_facts.ts'

const refuse = (jail: string) => refuseIf(`-f /run/hosting-panel-bans/${jail}/$remote_addr`)
const refuseIf = (banned: string) => `if (${banned}) {
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
    written +
      refuseIf('$hosting_panel_banned_sites') +
      ['nginx-http-auth', 'nginx-botsearch', 'nginx-limit-req'].map(refuse).join('') +
      answer,
  )
  expect(renderBans('panel')).toBe(written + refuseIf('$hosting_panel_banned_panel') + refuse('hosting-panel') + answer)
})

it('looks for them where visitors come by a trusted proxy, and nowhere else', () => {
  const tool = (trustedProxies: string[]) => renderAdminer(null, { ...facts, trustedProxies })
  expect(tool(['192.0.2.1'])).toContain('    include snippets/hosting-panel-bans-panel.conf;\n')
  expect(tool([])).not.toContain('bans')
})

it('networks are in a file together, by what their jail closes', () => {
  const ban = (address: string, jail = 'nginx-botsearch') => ({ jail, address })
  const bans = [
    ...['203.0.113.0/24', '198.51.100.0/24', '2001:db8::/32', '203.0.113.7', '0.0.0.0/0 1; }/8'].map((one) => ban(one)),
    ban('198.51.100.0/24', 'nginx-http-auth'),
    ban('192.0.2.0/24', 'hosting-panel'),
    ban('192.0.2.0/28', 'sshd'),
  ]
  const text = renderBannedNetworks(bans)
  expect(text).toBe(`${written}geo $hosting_panel_banned_sites {
    default "";
    198.51.100.0/24 1;
    2001:db8::/32 1;
    203.0.113.0/24 1;
}
geo $hosting_panel_banned_panel {
    default "";
    192.0.2.0/24 1;
}
`)
  expect(bans.map((one) => hasNetwork(text, one))).toEqual([true, true, true, false, false, true, true, false])
  expect(hasNetwork(text, ban('192.0.2.0/24'))).toBe(false)
})
