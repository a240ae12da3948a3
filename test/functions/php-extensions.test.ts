import { beforeEach, expect, it } from 'vitest'
import { withAgent, refuse, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { newUser } from './_users.ts'

const extensions = [{ name: 'imagick', summary: 'ImageMagick', installed: false }]
const list = 'GET /api/php/versions/{version}/extensions'
const path = '/api/php/versions/8.2/extensions'
const prefer = { prefer: 'wait=10' }
let panel: Panel
let agent: FakeAgent
beforeEach(async () => {
  panel = await openPanel()
  const answer = () => ({ extensions })
  agent = withAgent(panel.ctx, {
    'php.extensions': answer,
    'php.installExtension': answer,
    'php.removeExtension': answer,
  })
  await panel.signIn()
})

const install = (extension: string, headers = {}) =>
  panel.call('POST /api/php/versions/{version}/extensions', {
    path,
    body: { extension },
    headers: { ...prefer, ...headers },
  })
const remove = (extension: string) =>
  panel.call('DELETE /api/php/versions/{version}/extensions/{extension}', {
    path: `${path}/${encodeURIComponent(extension)}`,
    headers: prefer,
  })

it('are listed, installed and removed', async () => {
  expect((await panel.call(list, { path })).body).toEqual({ extensions })
  expect((await install('imagick')).body).toMatchObject({ state: 'done', result: { extensions } })
  expect((await remove('imagick')).body).toMatchObject({ state: 'done' })
  const named = { version: '8.2', extension: 'imagick' }
  expect([agent.asked('php.installExtension'), agent.asked('php.removeExtension')]).toEqual([[named], [named]])
})

it('are refused where they are none, or another package needs them', async () => {
  for (const name of ['fpm', 'common', 'cli', 'dev', '-x', 'a b', 'a\nb', '../x', '$(id)', 'x=1', 'X', 'gd-dev']) {
    expect([name, (await install(name)).status]).toEqual([name, 422])
    expect([name, (await remove(name)).status]).toEqual([name, 422])
  }
  agent.answers['php.removeExtension'] = refuse('package_needed')
  expect((await remove('mysql')).body).toMatchObject({ state: 'failed', error: { code: 'package_needed' } })
})

it('are for administrators; others see them', async () => {
  const anna = await newUser(panel, 'anna')
  expect((await panel.call(list, { path, headers: anna })).status).toBe(200)
  expect((await install('imagick', anna)).status).toBe(403)
})
