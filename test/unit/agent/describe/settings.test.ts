import { describe, expect, it } from 'vitest'
import { describeAbsence, describeSite } from '../../../../lib/agent/sites/describe-site.ts'
import { siteSpec } from '../../../_site-spec.ts'
import { facts } from '../../_facts.ts'

describe('a site with settings', () => {
  it('has a folder that is made with its document root, and only one that is new', () => {
    const [, , folder, next] = describeSite(siteSpec({ documentRoot: 'project/web/public' }), facts)
    expect(folder).toMatchObject({
      name: '/var/www/example.test/project',
      state: {
        owner: 's-example-test-9b263fbc',
        group: 's-example-test-9b263fbc',
        mode: 0o750,
        inside: ['web', 'public'],
      },
    })
    expect(next!.name).toBe('/etc/nginx/hosting-panel/example.test')
  })

  it('tells its passwords to nginx alone', () => {
    const hash = `$6$rounds=1000$salt$${'x'.repeat(86)}`
    const basicAuth = [{ path: '/', realm: 'Members', users: [{ name: 'ann', hash }] }]
    const telling = describeSite(siteSpec({ basicAuth }), facts).filter((one) => JSON.stringify(one).includes(hash))
    expect(telling).toEqual([
      {
        kind: 'file',
        name: '/etc/nginx/hosting-panel-passwords/example.test.8a5edab282632443',
        state: { owner: 'root', group: 'www-data', mode: 0o640, content: `ann:${hash}\n` },
        secret: true,
      },
    ])
  })

  it('names the file of a path by the path alone, and deletes those of paths that are protected no more', () => {
    const users = [{ name: 'ann', hash: `$6$rounds=1000$salt$${'x'.repeat(86)}` }]
    const areaOf = (path: string) => ({ path, realm: 'Members', users })
    const mine = (paths: string[], passwordFiles: string[]) =>
      describeSite(siteSpec({ basicAuth: paths.map(areaOf) }), { ...facts, passwordFiles })
        .filter(({ name }) => name.includes('hosting-panel-passwords'))
        .map(({ name, state }) => [name.split('/').at(-1), state !== null])
    const [a, b] = mine(['/a', '/b'], []).map(([name]) => name as string)
    expect(mine(['/b', '/a'], [])).toEqual([
      [b, true],
      [a, true],
    ])
    const others = ['other.test.8a5edab282632443', 'example.test.sub.8a5edab282632443', 'example.test.x']
    expect(mine(['/b'], [a!, b!, ...others])).toEqual([
      [b, true],
      [a, false],
    ])
    const absent = describeAbsence('example.test', 'trash', '2026', { ...facts, passwordFiles: [a!, ...others] })
    expect(absent.filter(({ name }) => name.includes('passwords')).map(({ name }) => name.split('/').at(-1))).toEqual([
      a,
    ])
  })
})
