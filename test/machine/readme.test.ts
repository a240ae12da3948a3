import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { handmade, useAuthority, type Authority } from './certificates/_authority.ts'
import { checkout } from './_host.ts'
import { administrator, api, type Api } from './http.ts'
import type { Machine } from './machine.ts'
import { deleteSite, output } from './sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from './use-machine.ts'

/** Commands that are for a checkout: test/soak/install/ and test/run.sh run them. Here they have to exist. */
const elsewhere = /^(?:sudo )?(?:\.\/(\S+\.sh)|npm run (\S+))/

/** Preparations of a command, run before it in the same shell. */
const preparations: [command: RegExp, script: string][] = [
  [/sites create|"domain":"example\.com"/, 'command hosting-panel sites delete example.com --purge || true'],
  [/databases create|"name":"shop"/, 'command hosting-panel databases delete shop --no-dump || true'],
  [/users create/, 'command hosting-panel users delete anna || true; exec < <(echo a rather long secret)'],
  [/settings mail update/, 'exec < <(echo a rather long secret)'],
  [/^rsync/, 'mkdir -p files; cd files; echo hello >index.html'],
  [
    /sites run/,
    `cd /var/www/example.com/public; echo '<?php echo "done";' >artisan; echo '{}' >composer.json
    chown --reference=. artisan composer.json
    command -v composer || apt-get install -qq --no-install-recommends composer`,
  ],
  [/redirects set/, "echo '/old /new 301' >redirects.csv"],
  [/databases import/, 'hosting-panel databases export shop --output shop.sql; zstd -qf shop.sql'],
]

const directory = '/root/readme'
let machine: Machine
let panel: Api
let authority: Authority
let user: string

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  for (const name of ['example.com', 'www.example.com', 'example.org'])
    await authority.dns.setA(name, [machine.address])
  await output(machine, 'mkdir', '-p', directory)
  const own = await handmade(machine, 'example.com', 60)
  for (const [name, text] of [
    ['fullchain.pem', own.certificate],
    ['privkey.pem', own.privateKey],
  ] as const)
    await machine.sh(['tee', `${directory}/${name}`], { input: text })
  expect((await panel.post('/sites', { domain: 'example.com', runtime: 'static' })).status).toBe(201)
  user = (await panel.get('/sites/example.com')).body.user
  expect((await panel.post('/sites', { domain: 'docs.example.com', runtime: 'static' })).status).toBe(201)
  const app = { domain: 'app.example.com', runtime: 'node', app: {} }
  expect((await panel.post('/sites', app)).status).toBe(201)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await machine.sh(['hosting-panel', 'databases', 'delete', 'shop', '--no-dump'])
  await machine.sh(['hosting-panel', 'users', 'delete', 'anna'])
  await panel.patch('/settings/mail', { account: null })
  await panel.patch('/settings', { trustedProxies: [] }, { prefer: 'wait=60' })
  for (const domain of ['example.com', 'docs.example.com', 'handbook.example.com', 'app.example.com'])
    await deleteSite(panel, domain)
  await machine.sh(['rm', '-r', directory])
  await authority.end()
})

/** The commands of the code blocks, without comments and with continued lines joined. */
async function commands(): Promise<string[]> {
  const text = await readFile(join(checkout, 'README.md'), 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
    block!
      .replaceAll(/\\\n/g, ' ')
      .split('\n')
      .map((line) => line.replace(/\s+# .*$/, '').trim())
      .filter(Boolean),
  )
}

/** A command with this machine's names in the place of the README's. */
const here = (command: string): string =>
  command
    .replaceAll('203.0.113.7', '127.0.0.1')
    .replaceAll('…', administrator.password)
    .replaceAll('USER:USER', `${user}:${user}`)
    .replaceAll('root@SERVER:', '')

const shell = (command: string) =>
  machine.sh(
    [
      'bash',
      '-euc',
      [
        `cd ${directory}; panel=https://127.0.0.1:8080`,
        'curl() { command curl -sS --fail-with-body "$@"; }',
        ...preparations.filter(([pattern]) => pattern.test(command)).map(([, script]) => script),
        here(command),
      ].join('\n'),
    ],
    { timeout: 300 },
  )

test('every command of the README works as it stands there', { timeout: 900_000 }, async () => {
  const all = await commands()
  expect(all.length).toBeGreaterThan(30)
  const outside = all.filter((command) => elsewhere.test(command))
  const { scripts } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { scripts: object }
  for (const command of outside) {
    const [, file, script] = elsewhere.exec(command)!
    expect([command, file ? existsSync(join(checkout, file)) : Object.hasOwn(scripts, script!)]).toEqual([
      command,
      true,
    ])
  }
  const inside = all.filter((command) => !outside.includes(command))
  const signIn = inside.find((command) => command.includes('/api/session'))!
  for (const command of [signIn, ...inside]) {
    const { code, stdout, stderr } = await shell(command)
    expect([command, code], stdout + stderr).toEqual([command, 0])
    if (command.includes('databases create')) expect(stdout).toMatch(/PASSWORD|password/)
  }
  expect((await panel.get('/sites/app.example.com/app/env')).body).toEqual({ API_KEY: 'secret' })
})
