import { afterAll, beforeAll, expect, it } from 'vitest'
import { node } from '../attacks/_attack.ts'
import { install } from '../machine/deploy.ts'
import { api } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { output } from '../machine/sites/_helpers.ts'
import { ownName, useMachine } from '../machine/use-machine.ts'

let machine: Machine
let twin: Machine
beforeAll(async () => {
  machine = await useMachine()
  await api(machine)
  twin = await up(ownName('twin'))
  await install(twin, { built: process.env.HOSTING_PANEL_BUILT !== undefined })
})
afterAll(() => down(twin.name))

const files = [
  '/etc/hosting-panel/proxy-secret',
  '/etc/hosting-panel/local-token',
  '/etc/hosting-panel/database-secret',
  '/etc/hosting-panel/tls/panel.key',
  '/etc/hosting-panel/tls/panel.crt',
]
const stored = `
const path = '/opt/hosting-panel/data/panel.db'
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')(path, { readonly: true })
const secrets = 'SELECT value AS v FROM kv UNION SELECT hash FROM tokens UNION SELECT password FROM users'
for (const { v } of db.prepare(secrets).all()) console.log(v)`

/** Every long word that an installation keeps to itself. */
async function secrets(from: Machine): Promise<Set<string>> {
  const all = [...(await Promise.all(files.map((path) => output(from, 'cat', path)))), await node(from, stored)].join(
    '\n',
  )
  return new Set(all.match(/[\w+/=-]{24,}/g) ?? [])
}

it('two installations share no secret', async () => {
  const [one, other] = [await secrets(machine), await secrets(twin)]
  expect(Math.min(one.size, other.size)).toBeGreaterThan(10)
  expect([...one].filter((word) => other.has(word) && !/^-+|CERTIFICATE|PRIVATE/.test(word))).toEqual([])
  for (const path of files.filter((name) => !name.endsWith('.crt')))
    expect(await output(machine, 'stat', '-c', '%a %U', path)).toMatch(/^[46][04]0 root$/)
})

it('a secret that was shared would be seen (control)', async () => {
  await output(
    twin,
    'sh',
    '-c',
    `cp /etc/hosting-panel/proxy-secret /root/kept; printf %s '${await output(machine, 'cat', files[0]!)}' ` +
      '> /etc/hosting-panel/proxy-secret',
  )
  const [one, other] = [await secrets(machine), await secrets(twin)]
  expect([...one].filter((word) => other.has(word))).not.toEqual([])
})
