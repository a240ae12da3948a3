import { generate } from 'otplib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { call, client, deleteCounters, node, output, signInAs, target, type Target } from './_attack.ts'
import { filled } from './_schema.ts'

/** Secrets of every kind, each unlike any other text. */
const canaries: string[] = []
const canary = (name: string): string => {
  const secret = `Canary-${name}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`
  canaries.push(secret)
  return secret
}

let on: Target
beforeAll(async () => {
  on = await target()
  await on.panel.delete('/databases/canary?dump=false', { prefer: 'wait=60' })
  await on.panel.delete('/users/canary')
  await deleteCounters(on.machine)
})
afterAll(async () => {
  await on.panel.delete('/databases/canary?dump=false', { prefer: 'wait=60' })
  await on.panel.delete('/users/canary')
})

/** Every place somebody might read who should not; the processes' arguments and environments were watched all along. */
async function search(words: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    on.operations
      .filter(({ method, stream }) => method === 'GET' && !stream)
      .map(
        async ({ name, path, method }) =>
          [
            name,
            JSON.stringify(
              (await call(on.panel, { method, path: filled(path, { user: 'canary', db: 'canary' }) })).body,
            ),
          ] as const,
      ),
  )
  const places: (readonly [string, string])[] = [
    ...answers,
    [
      'the record',
      await node(
        on.machine,
        'for (const row of ' +
          "require('/opt/hosting-panel/current/node_modules/better-sqlite3')('/opt/hosting-panel/data/panel.db', " +
          "{ readonly: true }).prepare('SELECT * FROM audit').all()) console.log(JSON.stringify(row))",
      ),
    ],
    [
      'the whole store',
      await output(
        on.machine,
        'sh',
        '-c',
        'cat /opt/hosting-panel/data/*.db*  | strings -n 8 2>/dev/null || cat /opt/hosting-panel/data/*.db* | ' +
          'tr -c "[:print:]" "\\n"',
      ),
    ],
    ['the journal', await output(on.machine, 'journalctl', '--no-pager', '-o', 'cat')],
    ['the processes', await output(on.machine, 'sh', '-c', 'cat /root/processes')],
    ...(await Promise.all(
      words.map(
        async (word) =>
          [
            'a file',
            (await output(
              on.machine,
              'grep',
              '-rlF',
              '--',
              word,
              '/var/log',
              '/etc',
              '/tmp',
              '/run',
              '/opt/hosting-panel/data',
              '/var/lib/hosting-panel',
              '/var/www',
            )) && word,
          ] as const,
      ),
    )),
  ]
  return places.filter(([, text]) => words.some((word) => text.includes(word))).map(([place]) => place)
}

it('passwords, codes, tokens and secrets are nowhere but in the answer that gave them', async () => {
  await output(
    on.machine,
    'systemd-run',
    '--unit=watch-processes',
    '--collect',
    'sh',
    '-c',
    'for i in $(seq 200); do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; sleep ' +
      '0.05; done > /root/processes',
  )
  const [first, second, wrong] = [canary('first'), canary('second'), canary('wrong')]
  expect((await on.panel.post('/users', { username: 'canary', password: first })).status).toBe(201)
  const person = await signInAs(on.machine, 'canary', first)
  canaries.push(person.cookie.split('=')[1]!)
  await client(on.machine).post('/session', { username: 'canary', password: wrong, code: canary('code') })
  await client(on.machine).post('/setup', { token: canary('setup'), username: 'x', password: canary('setup-password') })
  await client(on.machine).get('/session', {
    authorization: `Bearer ${canary('bearer')}`,
    cookie: `__Host-session=${canary('cookie')}`,
  })
  await person.patch('/account', { currentPassword: first, password: second })
  const { secret } = (await person.post('/account/totp', { password: second })).body
  const { recoveryCodes } = (await person.post('/account/totp/confirm', { code: await generate({ secret }) })).body
  const token = (await person.post('/tokens', { name: 'canary', scopes: ['sites:read'] })).body.secret
  canaries.push(token, ...recoveryCodes)
  const database = (await on.panel.post('/databases', { name: 'canary', user: 'canary' })).body
  const rotated = (await on.panel.patch('/databases/canary/users/canary', { rotatePassword: true })).body
  canaries.push(database.users[0].connection.password, rotated.connection.password)
  await client(on.machine).get('/sites', { authorization: `Bearer ${token}` })
  await output(on.machine, 'hosting-panel', 'users', 'update', 'canary', '--role', 'user')
  await on.panel.patch('/users/canary', { password: canary('given'), resetSecondFactor: true })
  await output(on.machine, 'systemctl', 'stop', 'watch-processes')
  for (const path of ['/etc/hosting-panel/local-token', '/etc/hosting-panel/proxy-secret'])
    canaries.push((await output(on.machine, 'cat', path)).trim())
  const own = new Set(canaries.slice(-2))
  expect(await search(canaries.filter((word) => !own.has(word)))).toEqual([])
  // Where they belong: the token's own file, and nginx's snippet that sends the secret along. Nowhere else.
  const kept = await Promise.all(
    [...own].map((word) =>
      output(
        on.machine,
        'grep',
        '-rlF',
        '--',
        word,
        '/var/log',
        '/etc',
        '/tmp',
        '/run',
        '/opt/hosting-panel/data',
        '/var/lib/hosting-panel',
      ),
    ),
  )
  const ofNginx = ['/etc/hosting-panel/proxy-secret', '/etc/nginx/snippets/hosting-panel-secret.conf']
  expect(kept).toEqual([
    '/etc/hosting-panel/local-token',
    expect.toBeOneOf([ofNginx.join('\n'), ofNginx.toReversed().join('\n')]),
  ])
}, 300_000)

it('a secret that did leak would be found (control)', async () => {
  const [logged, told, listed] = [canary('logged'), canary('told'), canary('listed')]
  await output(on.machine, 'sh', '-c', `echo ${logged} >> /var/log/hosting-panel/leak.log`)
  await on.panel.post('/tokens', { name: told, scopes: ['sites:read'] })
  await output(on.machine, 'sh', '-c', `echo ${listed} >> /root/processes`)
  expect(await search([logged])).toEqual(['a file'])
  expect(await search([told])).toEqual(expect.arrayContaining(['GET /api/tokens', 'the record', 'the whole store']))
  expect(await search([listed])).toEqual(['the processes'])
  await output(on.machine, 'rm', '/var/log/hosting-panel/leak.log', '/root/processes')
  for (const { id, name } of (await on.panel.get('/tokens')).body.tokens)
    if (name === told) await on.panel.delete(`/tokens/${id}`)
})
