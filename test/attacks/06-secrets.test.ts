import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { install } from '../machine/deploy.ts'
import { client } from '../machine/http.ts'
import { down, up, type Machine } from '../machine/machine.ts'
import { ownName } from '../machine/use-machine.ts'
import { node, output, sharedCookie, target, type Target } from './_attack.ts'

let on: Target
let twin: Machine
beforeAll(async () => {
  on = await target()
  twin = await up(ownName('twin'))
  await install(twin, { built: process.env.HOSTING_PANEL_BUILT !== undefined })
})
afterAll(async () => {
  await down(twin.name)
  // The panel counts what strangers ask in memory: the next attacks begin with a clean sheet.
  await output(on.machine, 'systemctl', 'restart', 'hosting-panel.service')
})

const files = [
  '/etc/hosting-panel/proxy-secret',
  '/etc/hosting-panel/local-token',
  '/etc/hosting-panel/database-secret',
  '/etc/hosting-panel/tls/panel.key',
  '/etc/hosting-panel/tls/panel.crt',
]
const stored = `
const db = require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db', { readonly: true })
for (const { v } of db.prepare("SELECT value AS v FROM kv UNION SELECT hash FROM tokens UNION SELECT password FROM users").all()) console.log(v)`

/** Every long word that an installation keeps to itself. */
async function secrets(machine: Machine): Promise<Set<string>> {
  const all = [
    ...(await Promise.all(files.map((path) => output(machine, 'cat', path)))),
    await node(machine, stored),
  ].join('\n')
  return new Set(all.match(/[\w+/=-]{24,}/g) ?? [])
}

it('two installations share no secret', async () => {
  const [one, other] = [await secrets(on.machine), await secrets(twin)]
  expect(Math.min(one.size, other.size)).toBeGreaterThan(10)
  expect([...one].filter((word) => other.has(word) && !/^-+|CERTIFICATE|PRIVATE/.test(word))).toEqual([])
  for (const path of files.filter((name) => !name.endsWith('.crt')))
    expect(await output(on.machine, 'stat', '-c', '%a %U', path)).toMatch(/^[46][04]0 root$/)
})

it('a secret that was shared would be seen (control)', async () => {
  await output(
    twin,
    'sh',
    '-c',
    `cp /etc/hosting-panel/proxy-secret /root/kept; printf %s '${await output(on.machine, 'cat', files[0]!)}' ` +
      '> /etc/hosting-panel/proxy-secret',
  )
  const [one, other] = [await secrets(on.machine), await secrets(twin)]
  expect([...one].filter((word) => other.has(word))).not.toEqual([])
})

it('no word of the repository opens a session or is a token', async () => {
  const root = join(import.meta.dirname, '../..')
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name && !/package-lock|\.(png|svg|ico)$/.test(name))
  const words = [
    ...new Set(names.flatMap((name) => readFileSync(join(root, name), 'utf8').match(/[A-Za-z0-9_-]{16,100}/g) ?? [])),
  ].slice(0, 2_000)
  expect(words.length).toBeGreaterThan(200)
  for (let at = 0; at < words.length; at += 50) {
    const answers = await Promise.all(
      words
        .slice(at, at + 50)
        .flatMap((word) => [
          client(on.machine, `__Host-session=${word}`).get('/session'),
          client(on.machine).get('/session', { authorization: `Bearer ${word}` }),
        ]),
    )
    expect(answers.filter(({ status }) => status !== 401 && status !== 429)).toEqual([])
  }
  expect((await client(on.machine, sharedCookie(on.machine)).get('/session')).status, 'a real one does (control)').toBe(
    200,
  )
}, 300_000)
