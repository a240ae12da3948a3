import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { site } from '../machine/http.ts'
import { itInSoak } from '../_cases.ts'
import { output, target, type Target } from './_attack.ts'
import {
  endRace,
  foreign,
  makeTrees,
  places,
  processesOf,
  race,
  removeTrees,
  userOf,
  victim,
  victims,
} from './_trees.ts'

let on: Target
let before: string
beforeAll(async () => {
  on = await target()
  await makeTrees(on)
})
afterAll(() => removeTrees(on))
afterEach(async () => {
  await endRace(on)
  expect(await victims(on)).toBe(before)
})
beforeEach(async () => {
  before = await victims(on)
  expect(before).toContain('local-token 600 root root')
})

describe('a site whose user races', () => {
  beforeAll(async () => {
    expect((await on.panel.post('/sites', { domain: 'raced.test', runtime: 'php', owner: 'admin' })).status).toBe(201)
  })
  afterAll(() => on.panel.delete('/sites/raced.test?purge=true'))

  it('is caught by what root did before: chmod by path (control)', async () => {
    await race(on, await userOf(on, 'raced.test'), places('raced.test'), {
      folders: [victim],
      files: [`${victim}/file`],
    })
    await output(
      on.machine,
      'sh',
      '-c',
      `
      for round in $(seq 300); do
        chmod -R u=rwX,g=rX,o=rX ${places('raced.test').join(' ')} 2>/dev/null
        [ "$(stat -c %a ${victim} ${victim}/file | tr '\\n' ' ')" = '700 600 ' ] || break
      done`,
    )
    await endRace(on)
    expect(await victims(on)).not.toBe(before)
    await output(on.machine, 'chmod', '600', `${victim}/file`)
    await output(on.machine, 'chmod', '00700', victim)
    await output(on.machine, 'chmod', '00755', `${victim}/folder`)
  })

  itInSoak('goes from a user of its own to the shared one and back, twice, and takes nothing along', async () => {
    for (let round = 0; round < 2; round++) {
      for (const isolation of ['shared', 'own']) {
        const was = await userOf(on, 'raced.test')
        await race(on, was, places('raced.test'))
        expect((await on.panel.patch('/sites/raced.test', { isolation })).body.isolation).toBe(isolation)
        const is = await userOf(on, 'raced.test')
        if (isolation === 'shared') expect([is, await processesOf(on, was)]).toEqual(['hosting-panel-shared', ''])
        expect(await victims(on)).toBe(before)
        await endRace(on)
        expect(await foreign(on, 'raced.test', is)).toBe('')
      }
    }
  })

  it('leaves no list that lets the shared user read on', async () => {
    await on.panel.patch('/sites/raced.test', { isolation: 'shared' })
    const as = (...argv: string[]) =>
      on.machine.sh([
        'setpriv',
        '--reuid=hosting-panel-shared',
        '--regid=hosting-panel-shared',
        '--clear-groups',
        ...argv,
      ])
    const planted = await as(
      'setfacl',
      '-R',
      '-m',
      'u:hosting-panel-shared:rwX,d:u:hosting-panel-shared:rwX',
      '/var/www/raced.test/public',
    )
    expect(planted.code, planted.stderr).toBe(0)
    await on.panel.patch('/sites/raced.test', { isolation: 'own' })
    await output(
      on.machine,
      'setpriv',
      `--reuid=${await userOf(on, 'raced.test')}`,
      `--regid=${await userOf(on, 'raced.test')}`,
      '--clear-groups',
      'touch',
      '/var/www/raced.test/public/new',
    )
    expect((await as('ls', '/var/www/raced.test/public')).code).not.toBe(0)
    expect((await as('cat', '/var/www/raced.test/public/index.php')).code).not.toBe(0)
    expect(await output(on.machine, 'getfacl', '-R', '/var/www/raced.test/public')).not.toContain(
      'user:hosting-panel-shared',
    )
  })

  it('is put right after somebody gave its folder away', async () => {
    const user = await userOf(on, 'raced.test')
    await race(on, user, places('raced.test'))
    for (let round = 0; round < 2; round++) {
      await output(on.machine, 'chown', 'www-data', '/var/www/raced.test/public')
      expect((await on.panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
      expect(await victims(on)).toBe(before)
    }
    await endRace(on)
    expect(await foreign(on, 'raced.test', user)).toBe('')
  })

  it('is measured, and nothing else is', async () => {
    await race(on, await userOf(on, 'raced.test'), places('raced.test'))
    for (let round = 0; round < 3; round++)
      expect((await on.panel.get('/users/admin')).body.usage.diskMb).toBeLessThan(25)
  })

  it.each(['', '?purge=true'])('is deleted%s with its processes, and nothing that its links point at', async (how) => {
    const user = await userOf(on, 'raced.test')
    await site(on.machine, 'raced.test')
    await output(on.machine, 'systemctl', 'daemon-reload')
    await race(on, user, places('raced.test'))
    const { uid } = JSON.parse(
      await output(
        on.machine,
        'python3',
        '-c',
        `import pwd, json; print(json.dumps({'uid': pwd.getpwnam('${user}').pw_uid}))`,
      ),
    )
    const { status, body } = await on.panel.delete(`/sites/raced.test${how}`)
    expect(status).toBe(200)
    expect(await processesOf(on, String(uid))).toBe('')
    expect(await victims(on)).toBe(before)
    if (body.trash)
      expect(await output(on.machine, 'find', body.trash, '-mindepth', '1', '!', '-uid', String(uid))).toBe('')
    await expect
      .poll(() => output(on.machine, 'sh', '-c', 'ls -d /var/www/.trash/purge-*raced.test 2>/dev/null'))
      .toBe('')
    expect(
      await output(
        on.machine,
        'systemctl',
        'list-units',
        '--all',
        '--state=failed',
        '--plain',
        '--no-legend',
        '*raced-test*',
      ),
    ).toBe('')
    expect((await on.panel.post('/sites', { domain: 'raced.test', runtime: 'php', owner: 'admin' })).status).toBe(201)
    expect(await output(on.machine, 'id', '-u', user), 'what the trash keeps belongs to nobody').not.toBe(String(uid))
  })
})
