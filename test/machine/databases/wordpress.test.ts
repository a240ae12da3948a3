import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { createDatabase, ended, importDump, removeDatabase, sql } from './_helpers.ts'
import { installWordPress, signInto, type RedisConnection } from './_wordpress.ts'

const domain = 'wordpress.test'

let machine: Machine
let panel: Api
let redis: RedisConnection

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain, runtime: 'php', phpVersion: '8.2' })
  const { user } = (await panel.get(`/sites/${domain}`)).body as { user: string }
  const database = await createDatabase(panel, 'wordpress', { site: domain })
  const { status, body } = await panel.send('PUT', `/sites/${domain}/cache`, { redis: true, page: { minutes: 10 } })
  expect(status, JSON.stringify(body)).toBe(200)
  redis = (body as { redis: RedisConnection }).redis
  await installWordPress(machine, domain, user, database, redis)
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(async () => {
  await removeDatabase(panel, 'wordpress')
  await deleteSite(panel, domain)
})

const cached = async (path: string, headers: Record<string, string> = {}) => {
  const { status, headers: answered, body } = await site(machine, domain, path, { headers })
  return { status, cache: answered['x-cache'], body }
}

it('runs from its database, keeps its objects in Redis and its pages in nginx', async () => {
  expect(Number(await sql(machine, 'wordpress', 'SELECT COUNT(*) FROM wp_options'))).toBeGreaterThan(50)
  expect(await cached('/')).toMatchObject({ status: 200, cache: 'MISS', body: expect.stringContaining('Tea Shop') })
  expect(await cached('/')).toMatchObject({ status: 200, cache: 'HIT', body: expect.stringContaining('Tea Shop') })
  const { body } = await panel.get(`/sites/${domain}/cache`)
  expect(body.redis.keys).toBeGreaterThan(5)
  expect(body.page).toMatchObject({ pages: expect.any(Number), hits: expect.any(Number) })
  expect(body.page.pages).toBeGreaterThan(0)
})

it('who is signed in sees their own pages, and nobody else does', async () => {
  const cookie = await signInto(machine, domain)
  const mine = await cached('/', { cookie })
  expect([mine.cache === 'HIT', mine.body.includes('wp-admin-bar')]).toEqual([false, true])
  expect((await cached('/')).body).not.toContain('wp-admin-bar')
  expect(await cached('/wp-admin/', { cookie })).toMatchObject({
    status: 200,
    body: expect.stringContaining('Dashboard'),
  })
  for (const path of ['/wp-login.php', '/?s=tea', '/wp-json/wp/v2/posts', '/feed/']) {
    await cached(path)
    expect((await cached(path)).cache, path).not.toBe('HIT')
  }
})

it('takes a picture into its media library, which visitors see at once', async () => {
  const cookie = await signInto(machine, domain)
  const nonce = (await site(machine, domain, '/wp-admin/admin-ajax.php?action=rest-nonce', { headers: { cookie } }))
    .body
  const picture = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  const { status, body } = await site(machine, domain, '/?rest_route=/wp/v2/media', {
    method: 'POST',
    headers: {
      cookie,
      'x-wp-nonce': nonce,
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="tea.png"',
    },
    body: picture,
  })
  expect(status, body).toBe(201)
  const { pathname } = new URL((JSON.parse(body) as { source_url: string }).source_url)
  expect(pathname).toMatch(/^\/wp-content\/uploads\/\d{4}\/\d{2}\/tea\.png$/)
  const { status: shown, headers } = await site(machine, domain, pathname)
  expect([shown, headers['content-type']]).toEqual([200, 'image/png'])
})

it('a change shows once its page is flushed, and the objects once Redis is', async () => {
  await cached('/')
  await sql(machine, 'wordpress', "UPDATE wp_options SET option_value = 'Coffee Shop' WHERE option_name = 'blogname'")
  expect((await cached('/')).body).toContain('Tea Shop')
  expect((await panel.post(`/sites/${domain}/cache/flush`)).body.keys).toBeGreaterThan(5)
  expect((await cached('/')).body, 'nginx still has it').toContain('Tea Shop')
  expect((await panel.post(`/sites/${domain}/cache/purge`, { address: '/' })).body.pages).toBeGreaterThan(0)
  expect(await cached('/')).toMatchObject({ cache: 'MISS', body: expect.stringContaining('Coffee Shop') })
})

it('with the plugin, its pages go when something is published, and stay when a draft or spam is saved', async () => {
  const folder = `/var/www/${domain}/public/wp-content/mu-plugins`
  const plugin = await readFile(join(import.meta.dirname, '../../../admin/public/hosting-panel-cache.php'), 'utf8')
  await output(machine, 'mkdir', '-p', folder)
  await writeFile(machine, `${folder}/hosting-panel-cache.php`, plugin)
  await output(machine, 'chown', '-R', '--reference', `/var/www/${domain}/public`, folder)
  const cookie = await signInto(machine, domain)
  const nonce = (await site(machine, domain, '/wp-admin/admin-ajax.php?action=rest-nonce', { headers: { cookie } }))
    .body
  const save = async (title: string, status: string) => {
    const headers = { cookie, 'x-wp-nonce': nonce, 'content-type': 'application/json' }
    const body = JSON.stringify({ title, status })
    const answer = await site(machine, domain, '/?rest_route=/wp/v2/posts', { method: 'POST', headers, body })
    expect(answer.status, answer.body).toBe(201)
  }
  const comment = new URLSearchParams({ comment_post_ID: '1', author: 'x', email: 'x@example.test', comment: 'Buy' })
  await cached('/')
  await save('Still a draft', 'draft')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const spam = { method: 'POST', headers, body: comment.toString() }
  expect((await site(machine, domain, '/wp-comments-post.php', spam)).status).toBe(302)
  expect((await cached('/')).cache).toBe('HIT')
  await save('Green tea has arrived', 'publish')
  expect(await cached('/')).toMatchObject({ cache: 'MISS', body: expect.stringContaining('Green tea has arrived') })
})

it('answers from its pages while MariaDB is away, and goes on when it is back', async () => {
  await cached('/')
  await output(machine, 'systemctl', 'stop', 'mariadb')
  try {
    expect(await cached('/')).toMatchObject({ status: 200, cache: 'HIT' })
    expect((await cached('/?s=tea')).status).toBe(500)
  } finally {
    await output(machine, 'systemctl', 'start', 'mariadb')
  }
  await expect.poll(async () => (await cached('/?s=tea')).status, { timeout: 90_000 }).toBe(200)
})

it('exported, spoiled, and imported again it is as it was', async () => {
  const { result } = await ended(panel, 'POST', '/databases/wordpress/export', {})
  expect((await importDump(panel, 'wordpress', 'DROP TABLE wp_posts; DROP TABLE wp_options;')).state).toBe('done')
  await panel.post(`/sites/${domain}/cache/flush`)
  expect((await cached('/?s=tea')).status).not.toBe(200)
  expect(
    (await ended(panel, 'POST', `/dumps/${String(result!.id)}/restore`, { database: 'wordpress' })).error,
  ).toBeNull()
  await panel.post(`/sites/${domain}/cache/flush`)
  expect((await cached('/?s=tea')).body).toContain('Coffee Shop')
})
