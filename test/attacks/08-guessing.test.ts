import { afterAll, beforeAll, expect, it } from 'vitest'
import { administrator, client, panelUrl } from '../machine/http.ts'
import { stranger, type Stranger } from '../machine/stranger.ts'
import { deleteCounters, output, target, type Target } from './_attack.ts'

let on: Target
let guesser: Stranger
beforeAll(async () => {
  on = await target()
  guesser = await stranger(on.machine, 60)
  await deleteCounters(on.machine)
})
afterAll(async () => {
  await on.panel.delete(`/bans/${guesser.address}`)
  await guesser.leave()
})

const forged = (index: number) => ({
  'x-forwarded-for': `198.18.0.${index}`,
  'cf-connecting-ip': `198.18.1.${index}`,
  'x-real-ip': `198.18.2.${index}`,
  'x-hosting-panel-proxy': 'a'.repeat(64),
  forwarded: `for=198.18.3.${index}`,
})
const log = async () => (await output(on.machine, 'cat', '/var/log/hosting-panel/auth.log')).split('\n')

it('a hundred guesses through nginx are five, whatever address they claim, and their door closes', async () => {
  const statuses: number[] = []
  for (let index = 0; index < 100; index++) {
    statuses.push(
      await guesser.request(`${panelUrl(on.machine)}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: panelUrl(on.machine), ...forged(index) },
        body: JSON.stringify({ username: `guess${index}`, password: 'wrong' }),
      }),
    )
    if (statuses.at(-1) === 0) break
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  expect(statuses.at(-1), 'banned').toBe(0)
  const lines = await log()
  expect(
    lines.filter((line) => line.includes('guess') && line.includes(` from ${guesser.address} `)).length,
  ).toBeGreaterThanOrEqual(5)
  expect(lines.filter((line) => line.includes('198.18.'))).toEqual([])
  expect((await on.panel.get('/bans')).body.bans).toContainEqual(
    expect.objectContaining({ address: guesser.address, jail: 'hosting-panel' }),
  )
}, 300_000)

it('straight to the panel’s socket, nobody is answered, counted or banned, even as nginx’s user', async () => {
  await deleteCounters(on.machine)
  const guess = (index: number) =>
    output(
      on.machine,
      'setpriv',
      '--reuid=www-data',
      '--regid=www-data',
      '--clear-groups',
      'curl',
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '--unix-socket',
      '/run/hosting-panel/panel/panel.sock',
      'http://localhost/api/session',
      ...Object.entries(forged(index)).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      '-H',
      'Content-Type: application/json',
      '-d',
      JSON.stringify({ username: 'admin', password: 'wrong' }),
    )
  const statuses = await Promise.all(Array.from({ length: 100 }, (_, index) => guess(index)))
  expect(new Set(statuses)).toEqual(new Set(['403']))
  expect((await log()).filter((line) => line.includes(' from 127.0.0.1 ') || line.includes('198.18.'))).toEqual([])
  expect((await client(on.machine).post('/session', administrator)).status, 'the account is not locked').toBe(200)
}, 300_000)

it('an honest mistake is logged with where it came from, and the ban ends when it is ended (control)', async () => {
  await deleteCounters(on.machine)
  const { yourAddress } = (await on.panel.get('/bans/settings')).body
  expect((await client(on.machine).post('/session', { username: 'honest', password: 'wrong' })).status).toBe(401)
  expect((await log()).some((line) => line.includes('"honest"') && line.includes(` from ${yourAddress} `))).toBe(true)
  await on.panel.delete(`/bans/${guesser.address}`)
  await expect.poll(() => guesser.request(`${panelUrl(on.machine)}/api/health`), { timeout: 90_000 }).toBe(200)
})
