import { safeParse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { environment, environmentChanges, mergeEnvironment } from '../../../../lib/model/apps/environment.ts'
import { environmentOf, renderAppEnvironment } from '../../../../lib/drivers/pm2/environment.ts'
import { newApp } from '../../../../lib/model/apps/schema.ts'
import { siteSpec } from '../../../_site-spec.ts'

const takes = (variables: unknown) => safeParse(environment, variables).success

describe('an environment', () => {
  it.each([
    {},
    { A: '' },
    { DATABASE_URL: 'mysql://a:b@c/d?e=f' },
    { _x1: '$(id); `id`\n"\'\\' },
    { LD_PRELOAD: '/x' },
  ])('%j is taken', (variables) => expect(takes(variables)).toBe(true))

  it.each([
    { '': 'a' },
    { '1A': 'a' },
    { 'A-B': 'a' },
    { 'A B': 'a' },
    { 'A=B': 'a' },
    { 'A\n': 'a' },
    { $A: 'a' },
    { 'BASH_FUNC_x%%': '() { id; }' },
    { ['A'.repeat(129)]: 'a' },
    { PORT: '80' },
    { PATH: '/x' },
    { HOME: '/root' },
    { BASH_ENV: '/x' },
    { IFS: 'x' },
    { SHELLOPTS: 'xtrace' },
    { PM2_HOME: '/x' },
    { NODE_CHANNEL_FD: '3' },
    { UID: '0' },
    { A: 'a\0b' },
    { A: '\ud800' },
    { A: 'x'.repeat(32_769) },
    { A: 1 },
    { A: null },
    Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`A${i}`, ''])),
  ])('%j is refused', (variables) => expect(takes(variables)).toBe(false))

  it('is merged name by name, and null removes one', () => {
    expect(mergeEnvironment({ A: '1', B: '2' }, { B: null, C: '3', D: null })).toEqual({ A: '1', C: '3' })
    expect(safeParse(environmentChanges, { A: null }).success).toBe(true)
  })

  it('holds what the app needs, nothing of the panel’s, and ends each variable with a NUL', () => {
    const app = { ...newApp('node', 20_001), env: { SECRET: 'a\nb', NODE_ENV: 'staging' } }
    expect(renderAppEnvironment(siteSpec({ runtime: 'node', app }), app)).toBe(
      [
        'LANG=C.UTF-8',
        'HOST=127.0.0.1',
        'NODE_ENV=staging',
        'NODE_OPTIONS=--max-http-header-size=81920',
        'SECRET=a\nb',
        'PATH=/var/www/example.test/app/node_modules/.bin:/opt/hosting-panel/node/24/bin:/usr/local/bin:/usr/bin:/bin',
        'HOME=/var/www/example.test/home',
        'USER=s-example-test-9b263fbc',
        'LOGNAME=s-example-test-9b263fbc',
        'TMPDIR=/var/www/example.test/tmp',
        'PORT=20001',
        '',
      ].join('\0'),
    )
    expect(environmentOf(siteSpec({ runtime: 'python' }), newApp('python', 20_002))).toMatchObject({
      PATH: '/var/www/example.test/venv/bin:/usr/local/bin:/usr/bin:/bin',
      VIRTUAL_ENV: '/var/www/example.test/venv',
      PYTHONUNBUFFERED: '1',
      GUNICORN_CMD_ARGS: '--limit-request-field_size=65536',
      PORT: '20002',
    })
  })
})
