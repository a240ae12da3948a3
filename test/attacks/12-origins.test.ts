import { beforeAll, expect, it } from 'vitest'
import { panelUrl, request } from '../machine/http.ts'
import { output, sharedCookie, target, type Target } from './_attack.ts'
import { sideEffects } from './_side-effects.ts'

let on: Target
let own: Record<string, string>
beforeAll(async () => {
  on = await target()
  own = { cookie: sharedCookie(on.machine), 'content-type': 'application/json' }
})

const send = (headers: Record<string, string>, body = '{"username":"forged","password":"a password that is long"}') =>
  request(`${panelUrl(on.machine)}/api/users`, { method: 'POST', headers: { ...own, ...headers }, body })

it.each([
  ['another site', { origin: 'https://evil.test' }],
  ['null', { origin: 'null' }],
  ['none', {}],
  ['the panel’s name on another port', { origin: 'https://panel.test:8443', host: 'panel.test:8080' }],
  ['plain HTTP, by another host', { origin: 'http://evil.test:8080' }],
  ['a name that begins like the panel’s', { origin: 'https://panel.test:8080.evil.test', host: 'panel.test:8080' }],
  ['a user name in it', { origin: 'https://panel.test:8080@evil.test', host: 'panel.test:8080' }],
  ['cross-site by the browser’s word', { 'sec-fetch-site': 'cross-site' }],
  ['same-site by the browser’s word', { 'sec-fetch-site': 'same-site' }],
  ['a forged Host', { origin: 'https://evil.test', 'x-forwarded-host': 'evil.test' }],
])('Origin: %s changes nothing', async (_what, headers) => {
  const before = await sideEffects(on.machine)
  expect((await send(headers as Record<string, string>)).status).toBe(403)
  expect(await sideEffects(on.machine)).toBe(before)
})

it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['multipart/form-data; boundary=x']])(
  'a form of another site (%s) changes nothing',
  async (type) => {
    const before = await sideEffects(on.machine)
    expect((await send({ origin: 'https://evil.test', 'content-type': type })).status).toBe(403)
    expect((await send({ origin: panelUrl(on.machine), 'content-type': type })).status).toBe(415)
    expect(await sideEffects(on.machine)).toBe(before)
  },
)

it('games with Host get no address of theirs into an answer', async () => {
  for (const host of [
    'evil.test',
    'evil.test:8080',
    'panel.test:8080@evil.test',
    '127.0.0.1:6379',
    "evil.test'><script>",
  ]) {
    const answer = await output(
      on.machine,
      'curl',
      '-sk',
      '-i',
      '-H',
      `Host: ${host}`,
      '-H',
      `Cookie: ${own.cookie}`,
      'https://127.0.0.1:8080/api/session',
    )
    expect(answer).toMatch(/^HTTP/)
    expect(answer).not.toContain('evil.test')
  }
})

it('no answer lets another site read it', async () => {
  const answer = await request(`${panelUrl(on.machine)}/api/session`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.test', 'access-control-request-method': 'POST' },
  })
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
})

it('the same request from the panel’s own page is taken (control)', async () => {
  const before = await sideEffects(on.machine)
  expect((await send({ origin: panelUrl(on.machine) })).status).toBe(201)
  expect(await sideEffects(on.machine)).not.toBe(before)
  await on.panel.delete('/users/forged')
})
