import { expect } from 'vitest'
import { createDatabase } from '../../machine/databases/_helpers.ts'
import { copyOf, type Place, type Program } from './_programs.ts'
import { picture, type Visitor } from './_visitor.ts'

const PASSWORD = 'a long enough one'

const ask = async (who: Visitor, query: Record<string, string>) =>
  JSON.parse((await who.get(`/api.php?${new URLSearchParams({ format: 'json', ...query })}`)).body)
const tell = async (who: Visitor, fields: Record<string, string>) =>
  JSON.parse((await who.form('/api.php', { format: 'json', ...fields })).body)
const tokenOf = async (who: Visitor, type: string): Promise<string> =>
  (await ask(who, { action: 'query', meta: 'tokens', type })).query.tokens[`${type}token`]

async function signIn({ visitor }: Place): Promise<Visitor> {
  const who = visitor()
  const answer = await tell(who, {
    action: 'clientlogin',
    username: 'Keeper',
    password: PASSWORD,
    loginreturnurl: 'http://mediawiki.test/',
    logintoken: await tokenOf(who, 'login'),
  })
  expect(answer).toMatchObject({ clientlogin: { status: 'PASS' } })
  return who
}

/** Adds a page with a picture in it; answers nothing, as `look` looks for both. */
async function use(place: Place): Promise<void> {
  const who = await signIn(place)
  const token = await tokenOf(who, 'csrf')
  const file = { field: 'file', name: 'tea.png', type: 'image/png', content: picture(200) }
  const sent = await who.upload(
    '/api.php',
    { format: 'json', action: 'upload', filename: 'Tea.png', ignorewarnings: '1', token },
    file,
  )
  expect(JSON.parse(sent.body)).toMatchObject({ upload: { result: 'Success' } })
  const text = "'''Oolong''' is a tea. [[File:Tea.png|100px]] [[Category:Teas]]"
  expect(await tell(who, { action: 'edit', title: 'Green tea', text, token })).toMatchObject({
    edit: { result: 'Success' },
  })
  await place.run('php maintenance/runJobs.php')
  expect((await place.run('php maintenance/showJobs.php')).trim()).toBe('0')
}

async function look(place: Place): Promise<void> {
  const { visitor, panel, domain } = place
  const page = await visitor().get('/wiki/Green_tea')
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('<b>Oolong</b> is a tea.')])
  const thumbnail = /src="(\/images\/thumb\/[^"]+100px[^"]*)"/.exec(page.body)?.[1]
  for (const path of [thumbnail!, thumbnail!.replace(/thumb\/(.*)\/100px.*/, '$1')]) {
    const { status, headers } = await visitor().get(path)
    expect([path, status, headers['content-type']]).toEqual([path, 200, 'image/png'])
  }
  const script = await visitor().get('/load.php?modules=startup&only=scripts&raw=1')
  expect([script.status, script.headers['content-type']]).toEqual([200, expect.stringContaining('javascript')])
  for (const path of ['/index.php/Green_tea', '/index.php?title=Green_tea', '/wiki/Category:Teas'])
    expect([path, (await visitor().get(path)).body]).toEqual([path, expect.stringContaining('Green tea')])
  for (const path of ['/maintenance/install.php', '/includes/WebStart.php', '/vendor/autoload.php'])
    expect([path, (await visitor().get(path)).status]).toEqual([path, 404])
  const who = await signIn(place)
  expect((await who.get('/wiki/Special:Preferences')).status).toBe(200)
  const general = (await ask(who, { action: 'query', meta: 'siteinfo' })).query.general
  expect(general.phpversion).toMatch(`${(await panel.get(`/sites/${domain}`)).body.phpVersion}.`)
}

/** MediaWiki with short addresses and uploads, as its manual installs it from the command line. */
export const mediawiki: Program = {
  domain: 'mediawiki.test',
  front: '/wiki/Green_tea',
  packages: ['mediawiki'],
  settings: {
    runtime: 'php',
    phpVersion: '8.2',
    deniedPaths: ['/cache', '/images/deleted', '/includes', '/languages', '/maintenance', '/vendor'],
  },
  async install({ panel, domain, run, put, visitor }) {
    const { username, password } = await createDatabase(panel, 'mediawiki', { site: domain })
    await run(copyOf('/usr/share/mediawiki', 'extensions-core', 'LocalSettings.php', 'config'))
    await put('database-password', password)
    await put('keeper-password', PASSWORD)
    await run(
      `php maintenance/install.php --dbname mediawiki --dbuser ${username} --dbpassfile database-password ` +
        `--server http://${domain} --scriptpath '' --passfile keeper-password 'Tea Wiki' Keeper; rm *-password`,
    )
    await run(`echo '$wgArticlePath = "/wiki/$1"; $wgEnableUploads = true;' >> LocalSettings.php`)
    // Debian's installer names a folder of the server.
    await run(`mkdir cache; echo '$wgCacheDirectory = "$IP/cache";' >> LocalSettings.php`)
    expect((await visitor().get('/wiki/Main_Page')).body).toContain('MediaWiki has been installed')
  },
  use,
  look,
}
