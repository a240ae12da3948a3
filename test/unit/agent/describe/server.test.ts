import { describe, expect, it } from 'vitest'
import { describeServer } from '../../../../lib/agent/server/describe-server.ts'
import { describeAdminer } from '../../../../lib/agent/adminer/describe-adminer.ts'
import type { SiteSpec } from '../../../../lib/model/sites/schema.ts'
import type { Resource } from '../../../../lib/agent/resources/resource.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts, serverFacts } from '../../_facts.ts'
import { outline } from './_outline.ts'

it('the server’s names lead to no site, but for one that a site had first', () => {
  const server = { certificate: null, serverName: 'panel.test' }
  const names = (sites: SiteSpec[]) => {
    const file = describeServer(server, serverFacts, sites).find(({ name }) => name.endsWith('-default.conf'))
    return /server_name (.*);/.exec((file!.state as { content: string }).content)![1]
  }
  expect(names([siteSpec({ aliases: ['*.machine.test'] })])).toBe('_ panel.test machine.test')
  expect(names([siteSpec({ aliases: ['machine.test'] })])).toBe('_ panel.test')
})

describe('the server', () => {
  it('keeps its secret out of plans', () => {
    const secret = describeServer({ certificate: null, serverName: 'panel.test' }, serverFacts)
      .filter((resource) => resource.secret)
      .map(({ name }) => name)
    expect(secret).toEqual(['/etc/nginx/snippets/hosting-panel-secret.conf'])
  })
})

describe('the database tool', () => {
  const named = (resources: Resource[]) =>
    outline(resources).filter((line) => !/^- file \/etc\/php\/(?!7\.4|8\.2)/.test(line))
  const user = 'hosting-panel-adminer'

  it('is a master of its own on the newest PHP', () => {
    expect(named(describeAdminer(facts))).toEqual([
      `directory /var/lib/${user} root:${user} 750`,
      `directory /var/lib/${user}/sessions ${user}:${user} 700`,
      `directory /var/lib/${user}/tmp ${user}:${user} 700`,
      `file /etc/php/8.2/fpm/sites/${user}.conf root:${user} 640`,
      `file /etc/hosting-panel/php/${user}.env root:root 644`,
      `link /etc/systemd/system/sockets.target.wants/hosting-panel-php@${user}.socket ` +
        '/etc/systemd/system/hosting-panel-php@.socket',
      `unit hosting-panel-php@${user}.socket`,
      `- file /etc/php/7.4/fpm/sites/${user}.conf`,
    ])
  })

  it('moves when its version goes', () => {
    const lines = outline(describeAdminer({ ...facts, phpVersions: ['7.4'] }))
    expect(lines).toContain(`file /etc/php/7.4/fpm/sites/${user}.conf root:${user} 640`)
    expect(lines).toContain(`- file /etc/php/8.2/fpm/sites/${user}.conf`)
  })

  it.each([{ adminer: false }, { phpVersions: [] }])('is nothing with %o', (lacking) => {
    expect(named(describeAdminer({ ...facts, ...lacking }))).toEqual([
      `- unit hosting-panel-php@${user}.socket`,
      `- link /etc/systemd/system/sockets.target.wants/hosting-panel-php@${user}.socket`,
      `- file /etc/hosting-panel/php/${user}.env`,
      `- file /etc/php/7.4/fpm/sites/${user}.conf`,
      `- file /etc/php/8.2/fpm/sites/${user}.conf`,
    ])
  })

  it('without systemd is a pool of the distribution’s master', () => {
    const lines = outline(describeAdminer({ ...facts, systemd: false }))
    expect(lines).toContain(`file /etc/php/8.2/fpm/pool.d/${user}.conf root:root 644`)
    expect(lines.filter((line) => /unit|systemd/.test(line))).toEqual([])
  })

  it('has its server in nginx either way', () => {
    const lines = outline(
      describeServer(
        { certificate: null, serverName: 'panel.test' },
        { ...serverFacts, adminer: false, phpVersions: [] },
      ),
    )
    expect(lines).toContain(
      'link /etc/nginx/sites-enabled/hosting-panel-tool.conf /etc/nginx/sites-available/hosting-panel-tool.conf',
    )
  })
})
