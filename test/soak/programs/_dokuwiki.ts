import { expect } from 'vitest'
import { copyOf, type Place, type Program } from './_programs.ts'
import { hidden, picture, type Visitor } from './_visitor.ts'

const PASSWORD = 'a long enough one'

async function signIn({ visitor }: Place): Promise<Visitor> {
  const who = visitor()
  const fields = hidden(await who.get('/doku.php/start?do=login'))
  await who.form('/doku.php/start?do=login', { ...fields, u: 'keeper', p: PASSWORD })
  expect((await who.get('/doku.php/start')).body).toContain('do=logout')
  return who
}

/** Adds a page with a picture in it, which a visitor finds by a word once the page's own job has indexed it. */
async function use(place: Place): Promise<void> {
  const who = await signIn(place)
  const library = '/lib/exe/mediamanager.php?ns='
  const file = { field: 'upload', name: 'tea.png', type: 'image/png', content: picture(200) }
  await who.upload(library, { ...hidden(await who.get(library)), ns: '', mediaid: 'tea.png' }, file)
  const fields = hidden(await who.get('/doku.php/green_tea?do=edit'))
  const wikitext = '====== Green tea ======\n**Oolong** is a tea. {{tea.png?100}}\n'
  await who.form('/doku.php/green_tea', { ...fields, wikitext, 'do[save]': 'Save' })
  expect((await who.get('/lib/exe/taskrunner.php?id=green_tea')).headers['content-type']).toBe('image/gif')
  await place.run('php bin/indexer.php -q')
}

async function look(place: Place): Promise<void> {
  const { visitor } = place
  const page = await visitor().get('/doku.php/green_tea')
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('<strong>Oolong</strong> is a tea.')])
  const small = /src="(\/lib\/exe\/fetch\.php\/tea\.png[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&')
  for (const path of [small!, '/lib/exe/fetch.php/tea.png', '/lib/tpl/dokuwiki/images/logo.png']) {
    const { status, headers } = await visitor().get(path)
    expect([path, status, headers['content-type']]).toEqual([path, 200, 'image/png'])
  }
  for (const [path, type] of [
    ['/lib/exe/css.php?t=dokuwiki', 'text/css'],
    ['/lib/exe/js.php?t=dokuwiki', 'javascript'],
    ['/lib/exe/jquery.php', 'javascript'],
  ] as const) {
    const { status, headers } = await visitor().get(path)
    expect([path, status, headers['content-type']]).toEqual([path, 200, expect.stringContaining(type)])
  }
  expect((await visitor().get('/doku.php/start?do=search&q=oolong')).body).toContain('Green tea')
  for (const path of ['/data/pages/green_tea.txt', '/conf/users.auth.php', '/inc/init.php', '/bin/indexer.php'])
    expect([path, (await visitor().get(path)).status]).toEqual([path, 404])
  const who = await signIn(place)
  expect((await who.get('/doku.php/start?do=admin&page=config')).body).toContain('Configuration Manager')
}

/** DokuWiki with addresses of its own kind, installed by its page; Debian keeps its libraries in other packages. */
export const dokuwiki: Program = {
  domain: 'dokuwiki.test',
  front: '/doku.php/green_tea',
  packages: ['dokuwiki'],
  settings: {
    runtime: 'php',
    phpVersion: '8.2',
    deniedPresets: ['dokuwiki'],
    phpSettings: { openBasedir: ['/usr/share/php', '/usr/share/php-geshi', '/usr/share/javascript'] },
  },
  async install({ run, visitor }) {
    // Debian's copy looks for one wiki's configuration in /etc, and for its pages in /var.
    await run(copyOf('/usr/share/dokuwiki', 'inc/preload.php', '.htaccess'))
    const parts = [
      'attic',
      'cache',
      'index',
      'locks',
      'log',
      'media',
      'media_attic',
      'media_meta',
      'meta',
      'pages',
      'tmp',
    ]
    await run(`mkdir -p conf ${parts.map((name) => `data/${name}`).join(' ')}`)
    await run(
      `cd conf; ${copyOf('/etc/dokuwiki', 'local.php', 'users.auth.php', 'acl.auth.php')}; ` +
        'sed -i s#/var/lib/dokuwiki/data#./data# dokuwiki.php',
    )
    const form = {
      l: 'en',
      'd[title]': 'Tea Wiki',
      'd[acl]': 'on',
      'd[superuser]': 'keeper',
      'd[fullname]': 'The Keeper',
      'd[email]': 'keeper@example.test',
      'd[password]': PASSWORD,
      'd[confirm]': PASSWORD,
      'd[policy]': '0',
      'd[license]': '0',
      submit: '',
    }
    const { body } = await visitor().form('/install.php', form)
    expect(body).toContain('The configuration was finished successfully')
    await run(`rm install.php; echo '$conf["userewrite"] = 2;' >> conf/local.php`)
  },
  use,
  look,
}
