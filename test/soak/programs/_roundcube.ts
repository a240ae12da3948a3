import { expect } from 'vitest'
import { createDatabase, importDump, sql } from '../../machine/databases/_helpers.ts'
import { output, writeFile } from '../../machine/sites/_helpers.ts'
import { copyOf, type Place, type Program } from './_programs.ts'
import { hidden, type Visitor } from './_visitor.ts'

const PASSWORD = 'a long enough one'

async function signIn({ visitor }: Place): Promise<Visitor> {
  const who = visitor()
  const fields = hidden(await who.get('/?_task=login'))
  const { status, headers } = await who.form('/?_task=login', { ...fields, _user: 'reader', _pass: PASSWORD })
  expect([status, headers.location]).toEqual([302, expect.stringContaining('_task=mail')])
  return who
}

const messages = async (who: Visitor): Promise<string> =>
  (await who.get('/?_task=mail&_action=list&_mbox=INBOX&_remote=1', { 'x-requested-with': 'XMLHttpRequest' })).body

/** Reads a mail, and writes down an address, which is kept in the database. */
async function use(place: Place): Promise<void> {
  const who = await signIn(place)
  expect(await messages(who)).toContain('Green tea has arrived')
  const form = hidden(await who.get('/?_task=addressbook&_action=add&_source=0&_framed=1'))
  await who.form('/?_task=addressbook&_action=save&_source=0&_framed=1', {
    ...form,
    _firstname: 'Ann',
    _surname: 'Leaf',
    '_email_home[]': 'ann@example.test',
  })
  expect(await sql(place.machine, 'roundcube', 'SELECT name FROM contacts')).toBe('Ann Leaf')
  await place.run('php bin/gc.sh; php bin/cleandb.sh')
}

async function look(place: Place): Promise<void> {
  const { visitor, machine } = place
  const page = await visitor().get('/')
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('id="rcmloginuser"')])
  const parts = [...page.body.matchAll(/(?:src|href)="([^"?]+\.(?:js|css))[^"]*"/g)].map(([, path]) => `/${path}`)
  expect(parts.length).toBeGreaterThan(4)
  for (const path of parts) expect([path, (await visitor().get(path)).status]).toEqual([path, 200])
  const who = await signIn(place)
  expect(await messages(who)).toContain('Green tea has arrived')
  expect((await who.get('/?_task=addressbook&_action=list&_source=0&_remote=1')).body).toContain('Ann Leaf')
  expect(Number(await sql(machine, 'roundcube', 'SELECT COUNT(*) FROM session'))).toBeGreaterThan(0)
  for (const path of ['/config/config.inc.php', '/SQL/mysql.initial.sql', '/bin/gc.sh', '/logs/errors.log'])
    expect([path, (await visitor().get(path)).status]).toEqual([path, 404])
}

/** Roundcube with its tables, and a mailbox of a server beside it; Debian keeps its libraries in other packages. */
export const roundcube: Program = {
  domain: 'roundcube.test',
  front: '/',
  packages: ['roundcube-core', 'roundcube-mysql', 'php-net-sieve', 'dovecot-imapd'],
  settings: {
    runtime: 'php',
    phpVersion: '8.2',
    deniedPresets: ['roundcube'],
    phpSettings: { openBasedir: ['/usr/share/php'] },
  },
  async install({ machine, panel, domain, run, put }) {
    await output(machine, 'sh', '-c', `useradd -m reader; echo 'reader:${PASSWORD}' | chpasswd`)
    const mail = [
      'From shop@example.test Thu Jan  1 12:00:00 2026',
      'From: shop@example.test',
      'To: reader@example.test',
      'Subject: Green tea has arrived\n\nHello\n\n',
    ].join('\n')
    await writeFile(machine, '/var/mail/reader', mail)
    await output(machine, 'chown', 'reader:mail', '/var/mail/reader')
    const { username, password } = await createDatabase(panel, 'roundcube', { site: domain })
    await run(copyOf('/usr/share/roundcube', 'installer'))
    // Debian's copy looks for its configuration in one place of the server.
    const own = `sed -i "s#'/var/lib/roundcube/'#'$PWD/'#" program/include/iniset.php bin/*.sh`
    await run(`mkdir config logs temp; ${own}`)
    await run('cp /etc/roundcube/defaults.inc.php /etc/roundcube/mimetypes.php config')
    await put(
      'config/config.inc.php',
      `<?php
$config = [
  'db_dsnw' => 'mysql://${username}:${password}@localhost/roundcube',
  'imap_host' => 'localhost:143',
  'des_key' => 'twenty-four characters..',
  'plugins' => [],
];
`,
    )
    const tables = await run('cat SQL/mysql.initial.sql')
    expect(await importDump(panel, 'roundcube', tables)).toMatchObject({ state: 'done', error: null })
  },
  use,
  look,
}
