import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appJob, provideNode, tinySite } from '../machine/apps/_tiny.ts'
import { createDatabase, importDump, removeDatabase, sql } from '../machine/databases/_helpers.ts'
import { beginFaults, dyingAt, endFaults } from '../machine/faults.ts'
import { site } from '../machine/http.ts'
import { within } from '../machine/machine.ts'
import { output, target, type Target } from './_attack.ts'

/**
 * As a site's user: exchanges folders and files for links, each in one step, as fast as it can, in every folder it is
 * given. It ends after so many rounds; whoever it attacks ends it before.
 */
const racer = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
rounds, folders, files, places = int(sys.argv[1]), sys.argv[2].split(','), sys.argv[3].split(','), sys.argv[4:]
def quietly(work, *args):
    try: work(*args)
    except OSError: pass
pairs = []
for place in places:
    for number in range(12):
        for at in (place, f'{place}/deep{number}'):
            quietly(os.makedirs, f'{at}/folder{number}/sub')
            for kind, targets in (('folder', folders), ('file', files)):
                for index, target in enumerate(targets):
                    own, link = f'{at}/{kind}{number}', f'{at}/link-{kind}{number}-{index}'
                    if kind == 'file': quietly(lambda: open(own, 'a').close())
                    quietly(os.symlink, target, link)
                    quietly(os.link, target, f'{at}/hard{number}-{index}')
                    pairs.append((own.encode(), link.encode()))
open(f'{places[0]}/ready', 'w').close()
for _ in range(rounds):
    for own, link in pairs: libc.renameat2(-100, own, -100, link, 2)
    for place in places: quietly(os.chmod, place, 0o2777)
`

let on: Target
const victim = '/srv/tree-victim'
const places = (domain: string) => ['public', 'tmp', 'sessions', 'logs'].map((name) => `/var/www/${domain}/${name}`)
const folders = [victim, '/etc/hosting-panel', '/var/www/victim.test/public']
const files = [
  `${victim}/file`,
  '/etc/hosting-panel/local-token',
  '/etc/shadow',
  '/var/www/victim.test/public/index.php',
]

/** Modes, owners and contents of root's token, the passwords, another site and a folder of root's. */
const victims = () =>
  output(
    on.machine,
    'sh',
    '-c',
    `
  stat -c '%n %a %u %g' /etc /etc/shadow /etc/passwd /etc/hosting-panel /var/www
  find ${victim} /var/www/victim.test /etc/hosting-panel/tls /etc/hosting-panel/local-token \\
    -printf '%p %m %u %g %n %s\\n' | sort
  sha256sum /etc/hosting-panel/local-token ${victim}/file /var/www/victim.test/public/index.php`,
  )

const userOf = async (domain: string): Promise<string> => (await on.panel.get(`/sites/${domain}`)).body.user
const processesOf = (user: string) => output(on.machine, 'sh', '-c', `pgrep -u ${user} -a || true`)

const racing: string[] = []
/** Begins the race as a user; it has exchanged things when this answers. */
async function race(user: string, where: readonly string[], at = { folders, files }): Promise<void> {
  await output(on.machine, 'rm', '-f', `${where[0]}/ready`)
  const argv = [
    'python3',
    '/usr/local/share/race.py',
    '20000',
    at.folders.join(','),
    at.files.join(','),
    ...where,
  ].join(' ')
  racing.push(
    await output(
      on.machine,
      'sh',
      '-c',
      `setpriv --reuid=${user} --regid=${user} --clear-groups nohup ${argv} >/dev/null 2>&1 & echo $!`,
    ),
  )
  await within(
    60,
    'the racer to run',
    async () => (await on.machine.sh(['test', '-e', `${where[0]}/ready`])).code === 0 || undefined,
  )
}
const endRace = async () => {
  if (racing.length > 0) await on.machine.sh(['kill', '-9', ...racing.splice(0)])
}

/** Finds files in a site's folders that are not its user's, or have a second name elsewhere. */
const foreign = async (domain: string, user: string) =>
  output(
    on.machine,
    'find',
    ...places(domain),
    '(',
    '!',
    '-user',
    user,
    '-o',
    '-type',
    'f',
    '-links',
    '+1',
    ')',
    '-printf',
    '%p %u %n\\n',
  )

let before: string
beforeAll(async () => {
  on = await target()
  await on.machine.sh(['tee', '/usr/local/share/race.py'], { input: racer })
  await output(
    on.machine,
    'sh',
    '-c',
    `chmod 644 /usr/local/share/race.py; rm -rf ${victim}; mkdir -m 700 ${victim}; ` +
      `head -c 30M /dev/zero > ${victim}/file; mkdir ${victim}/folder; chmod 600 ${victim}/file`,
  )
  await Promise.all(
    ['victim.test', 'neighbour.test'].map((domain) =>
      on.panel.post('/sites', { domain, runtime: 'php', isolation: domain === 'victim.test' ? 'own' : 'shared' }),
    ),
  )
})
afterAll(async () => {
  await Promise.all(['victim.test', 'neighbour.test'].map((domain) => on.panel.delete(`/sites/${domain}?purge=true`)))
  await output(on.machine, 'rm', '-rf', victim, '/usr/local/share/race.py')
})
afterEach(async () => {
  await endRace()
  expect(await victims()).toBe(before)
})
beforeEach(async () => {
  before = await victims()
  expect(before).toContain('local-token 600 root root')
})

describe('a site whose user races', () => {
  beforeAll(async () => {
    expect((await on.panel.post('/sites', { domain: 'raced.test', runtime: 'php', owner: 'admin' })).status).toBe(201)
  })
  afterAll(() => on.panel.delete('/sites/raced.test?purge=true'))

  it('is caught by what root did before: chmod by path (control)', async () => {
    await race(await userOf('raced.test'), places('raced.test'), { folders: [victim], files: [`${victim}/file`] })
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
    await endRace()
    expect(await victims()).not.toBe(before)
    await output(on.machine, 'chmod', '600', `${victim}/file`)
    await output(on.machine, 'chmod', '00700', victim)
    await output(on.machine, 'chmod', '00755', `${victim}/folder`)
  })

  it('goes from a user of its own to the shared one and back, twice, and takes nothing along', async () => {
    for (let round = 0; round < 2; round++) {
      for (const isolation of ['shared', 'own']) {
        const was = await userOf('raced.test')
        await race(was, places('raced.test'))
        expect((await on.panel.patch('/sites/raced.test', { isolation })).body.isolation).toBe(isolation)
        const is = await userOf('raced.test')
        if (isolation === 'shared') expect([is, await processesOf(was)]).toEqual(['hosting-panel-shared', ''])
        expect(await victims()).toBe(before)
        await endRace()
        expect(await foreign('raced.test', is)).toBe('')
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
      `--reuid=${await userOf('raced.test')}`,
      `--regid=${await userOf('raced.test')}`,
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
    const user = await userOf('raced.test')
    await race(user, places('raced.test'))
    for (let round = 0; round < 2; round++) {
      await output(on.machine, 'chown', 'www-data', '/var/www/raced.test/public')
      expect((await on.panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
      expect(await victims()).toBe(before)
    }
    await endRace()
    expect(await foreign('raced.test', user)).toBe('')
  })

  it('is measured, and nothing else is', async () => {
    await race(await userOf('raced.test'), places('raced.test'))
    for (let round = 0; round < 3; round++)
      expect((await on.panel.get('/users/admin')).body.usage.diskMb).toBeLessThan(25)
  })

  it.each(['', '?purge=true'])('is deleted%s with its processes, and nothing that its links point at', async (how) => {
    const user = await userOf('raced.test')
    await site(on.machine, 'raced.test')
    await output(on.machine, 'systemctl', 'daemon-reload')
    await race(user, places('raced.test'))
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
    expect(await processesOf(String(uid))).toBe('')
    expect(await victims()).toBe(before)
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

it('an app’s own files are read as its user, whatever they become', async () => {
  await provideNode(on.panel)
  await tinySite(on.machine, on.panel, 'raced-app.test')
  const { user, root } = (await on.panel.get('/sites/raced-app.test')).body
  const token = await output(on.machine, 'cat', '/etc/hosting-panel/local-token')
  await output(
    on.machine,
    'sh',
    '-c',
    `ln -s /etc/hosting-panel/local-token ${root}/package-lock.json; ` +
      `ln -s /etc/shadow ${root}/requirements.txt; mkdir -p ${root}/../venv; ln -sfn /root ${root}/node_modules`,
  )
  await race(user, [root, `/var/www/raced-app.test/tmp`, `/var/www/raced-app.test/home`])
  const said = JSON.stringify(await appJob(on.panel, 'raced-app.test', 'start'))
  expect([said.includes(token), said.includes('root:')]).toEqual([false, false])
  expect((await on.panel.delete('/sites/raced-app.test?purge=true')).status).toBe(200)
  expect(await processesOf(user).catch(() => '')).toBe('')
})

it('a dump that the panel’s user exchanges for a file of root’s is not imported', async () => {
  const exchange = `
import os, time
place = '/opt/hosting-panel/data/uploads'
os.chdir(place)
for _ in range(60000):
    for name in os.listdir('.'):
        if len(name) == 32:
            try: os.symlink('/srv/tree-victim.sql', name + '.link'); os.rename(name + '.link', name)
            except OSError: pass
    time.sleep(0.0005)
`
  await output(on.machine, 'sh', '-c', "umask 077; echo 'CREATE TABLE stolen (a INT);' > /srv/tree-victim.sql")
  await on.machine.sh(['tee', '/usr/local/share/exchange.py'], { input: exchange })
  await createDatabase(on.panel, 'raced')
  expect(await importDump(on.panel, 'raced', 'CREATE TABLE own (a INT);')).toMatchObject({ state: 'done' })
  racing.push(
    await output(
      on.machine,
      'sh',
      '-c',
      'chmod 644 /usr/local/share/exchange.py; ' +
        'setpriv --reuid=hosting-panel --regid=hosting-panel --clear-groups ' +
        'nohup python3 /usr/local/share/exchange.py >/dev/null 2>&1 & echo $!',
    ),
  )
  for (let round = 0; round < 3; round++) await importDump(on.panel, 'raced', `CREATE TABLE own${round} (a INT);`)
  expect(await sql(on.machine, 'raced', 'SHOW TABLES')).not.toContain('stolen')
  await endRace()
  await removeDatabase(on.panel, 'raced')
  await output(on.machine, 'rm', '/srv/tree-victim.sql', '/usr/local/share/exchange.py')
})

it('a deletion that was taken back leaves the site its numbers', async () => {
  await on.panel.post('/sites', { domain: 'kept.test', runtime: 'php' })
  const user = await userOf('kept.test')
  const numbers = () =>
    output(on.machine, 'sh', '-c', `id ${user}; stat -c '%n %u:%g %U:%G' ${places('kept.test').join(' ')}`)
  const had = await numbers()
  await beginFaults(on.machine)
  // It dies twice, after the account is gone and before all is done: a point after each change but units, and three
  // between.
  const { changes } = (await on.panel.delete('/sites/kept.test?plan=true')).body as {
    changes: { kind: string; name: string }[]
  }
  const steps = changes.filter(({ kind }) => kind !== 'unit')
  const step = steps.findIndex(({ kind }) => kind === 'account') + 4
  const died = await dyingAt(on.machine, `${step} always`, async () =>
    expect((await on.panel.delete('/sites/kept.test')).body.code).toBe('agent_lost'),
  )
  expect(await output(on.machine, 'journalctl', '--quiet', '--no-pager', '-t', 'userdel')).toContain(
    `delete user '${user}'`,
  )
  expect((await on.panel.get('/drift')).status).toBe(200)
  expect([died, await numbers()]).toEqual([true, had])
  await endFaults(on.machine)
  expect((await site(on.machine, 'kept.test')).status).toBe(200)
  expect((await on.panel.delete('/sites/kept.test?purge=true')).status).toBe(200)
})
