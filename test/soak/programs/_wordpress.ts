import { expect } from 'vitest'
import { createDatabase } from '../../machine/databases/_helpers.ts'
import { installWordPress, type RedisConnection } from '../../machine/databases/_wordpress.ts'
import type { Place, Program } from './_programs.ts'
import { hidden, picture, type Visitor } from './_visitor.ts'

async function signIn({ visitor }: Place): Promise<Visitor> {
  const who = visitor()
  await who.get('/wp-login.php')
  const fields = { log: 'keeper', pwd: 'a long enough one', 'wp-submit': 'Log In', testcookie: '1' }
  expect((await who.form('/wp-login.php', fields)).status).toBe(302)
  expect((await who.get('/wp-admin/')).body).toContain('Dashboard')
  return who
}

/** Sets permalinks, adds a picture and a page, and has the program's own job publish another one in time. */
async function use(place: Place): Promise<void> {
  const who = await signIn(place)
  const permalinks = '/wp-admin/options-permalink.php'
  const form = { ...hidden(await who.get(permalinks)), selection: '/%postname%/', permalink_structure: '/%postname%/' }
  await who.form(permalinks, form)
  const nonce = { 'x-wp-nonce': (await who.get('/wp-admin/admin-ajax.php?action=rest-nonce')).body }
  const file = { field: 'file', name: 'tea.png', type: 'image/png', content: picture(400) }
  const media = await who.upload(`/wp-json/wp/v2/media?_wpnonce=${nonce['x-wp-nonce']}`, {}, file)
  expect([media.status, media.body]).toEqual([201, expect.stringContaining('tea-300x300.png')])
  const { id } = JSON.parse(media.body) as { id: number }
  const post = async (more: object) => {
    const answer = await who.json('POST', '/wp-json/wp/v2/posts', { status: 'publish', ...more }, nonce)
    expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
  }
  const content = `Oolong is a tea. <img src="${JSON.parse(media.body).source_url}" class="wp-image-${id}">`
  await post({ title: 'Green tea', content })
  const date = new Date(Date.now() + 3_000).toISOString().slice(0, 19)
  await post({ title: 'Black tea', status: 'future', date_gmt: date })
  const published = async () => {
    await place.run('php wp-cron.php')
    return (await place.visitor().get('/black-tea/')).status
  }
  await expect.poll(published, { timeout: 120_000 }).toBe(200)
}

async function look(place: Place): Promise<void> {
  const { visitor } = place
  const page = await visitor().get('/green-tea/')
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('Oolong is a tea.')])
  const source = /src="http:\/\/[^/]+(\/wp-content\/uploads\/[^"]+\.png)"/.exec(page.body)?.[1]
  for (const path of [source!, source!.replace('tea.png', 'tea-300x300.png')]) {
    const { status, headers } = await visitor().get(path)
    expect([path, status, headers['content-type']]).toEqual([path, 200, 'image/png'])
  }
  for (const path of ['/wp-json/wp/v2/posts', '/feed/', '/?s=oolong'])
    expect([path, (await visitor().get(path)).body]).toEqual([path, expect.stringContaining('Green tea')])
  expect((await visitor().get('/no-such-page/')).status).toBe(404)
  for (const path of ['/wp-config.php', '/wp-includes/version.php'])
    expect([path, (await visitor().get(path)).status]).toEqual([path, 404])
  const who = await signIn(place)
  expect((await who.get('/wp-admin/upload.php?mode=list')).body).toContain('tea.png')
}

/** Debian's WordPress, installed by its page. */
export const wordpress: Program = {
  domain: 'wordpress.test',
  front: '/green-tea/',
  packages: ['wordpress'],
  settings: { runtime: 'php', phpVersion: '8.2', deniedPresets: ['wordpress'] },
  async install({ machine, panel, domain, run }) {
    const { user } = (await panel.get(`/sites/${domain}`)).body as { user: string }
    const database = await createDatabase(panel, 'wordpress', { site: domain })
    const { status, body } = await panel.send('PUT', `/sites/${domain}/cache`, { redis: true })
    expect(status).toBe(200)
    await installWordPress(machine, domain, user, database, (body as { redis: RedisConnection }).redis)
    // Debian has no Redis for the other PHP of test machines.
    await run('rm wp-content/object-cache.php')
  },
  use,
  look,
}
