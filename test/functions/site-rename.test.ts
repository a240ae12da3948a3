import { beforeEach, describe, expect, it } from 'vitest'
import { newApp } from '../../lib/model/apps/schema.ts'
import { noCaches } from '../../lib/model/caches/schema.ts'
import { wake } from '../../lib/panel/apps/wake.ts'
import { pendingSite } from '../../lib/panel/sites/change.ts'
import { resumePending } from '../../lib/panel/pending-changes/resume.ts'
import { listAlerts, raiseAlert } from '../../lib/panel/store/alerts.ts'
import { briefApps, findApp, noteSleep, noteStart, noteStop } from '../../lib/panel/store/apps.ts'
import { addJob, endJob } from '../../lib/panel/store/jobs.ts'
import { findSite } from '../../lib/panel/store/sites.ts'
import { refuse, withAgent, type FakeAgent } from './_agent.ts'
import { openPanel, type Panel } from './_harness.ts'
import { bearer, newToken, newUser, putSite } from './_users.ts'

const now = '2026-11-23T00:00:00.000Z'
let panel: Panel
let agent: FakeAgent
let anna: { cookie: string }
let asked: string[]

beforeEach(async () => {
  panel = await openPanel()
  agent = withAgent(panel.ctx)
  asked = []
  panel.ctx.supervisor = {
    call: (operation: string, input: unknown) => {
      asked.push(`${operation} ${(input as { domain: string }).domain}`)
      return Promise.resolve({ stopped: true, memoryBytes: 1, apps: [] }) as never
    },
  }
  await panel.signIn()
  anna = await newUser(panel, 'anna', { sites: 2 })
  putSite(panel, 'old.test', 'anna', { aliases: ['also.test'], redirectWww: true })
  putSite(panel, 'taken.test', null, { aliases: ['alias.test', '*.wild.test'] })
  const app = { ...newApp('node', 20_000), env: { URL: 'https://app.test/' }, command: ['node', 'a.js'] }
  putSite(panel, 'app.test', null, { runtime: 'node', app })
  noteStart(panel.ctx.db, 'app.test', app, now)
})

const rename = async (from: string, body: object, headers: object = {}, query = '') =>
  panel.call('POST /api/sites/{site}/rename', {
    path: `/api/sites/${from}/rename${query}`,
    body,
    headers: { ...headers },
  })
const rows = (query: string, ...values: string[]) =>
  panel.ctx.db.sqlite
    .prepare(query)
    .pluck()
    .all(...values)
const namesOf = (domain: string) => rows('SELECT name FROM site_names WHERE domain = ? ORDER BY name', domain)

describe('another domain', () => {
  it('keeps owner and settings; the former names answer or lead on, as is said', async () => {
    const { status, body } = await rename('old.test', { domain: 'Bücher.test' }, anna)
    const aliases = ['also.test', 'old.test', 'www.old.test']
    expect([status, body]).toMatchObject([
      200,
      { domain: 'xn--bcher-kva.test', owner: 'anna', aliases, redirectAliases: ['www.old.test'], state: 'active' },
    ])
    expect(namesOf('xn--bcher-kva.test')).toEqual([...aliases, 'www.xn--bcher-kva.test', 'xn--bcher-kva.test'])
    expect(findSite(panel.ctx.db, 'old.test')).toBeNull()
    const next = await rename('xn--bcher-kva.test', { domain: 'old.test', keepOldName: 'redirect' }, anna)
    expect(next.body.redirectAliases).toEqual(['xn--bcher-kva.test', 'www.xn--bcher-kva.test'])
    expect(agent.asked('sites.apply').at(-1)!.desired).toMatchObject({ from: 'xn--bcher-kva.test' })
    const last = await rename('old.test', { domain: 'also.test', keepOldName: 'no' }, anna)
    expect(last.body.aliases).toEqual(['xn--bcher-kva.test', 'www.xn--bcher-kva.test'])
    expect(namesOf('also.test')).not.toContain('old.test')
  })

  it('takes everything along that the store knows of the site', async () => {
    const { sqlite } = panel.ctx.db
    const query = `SELECT m.name || '.' || f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f
      WHERE f."table" = 'sites'`
    const keys = rows(query)
    expect(keys.length).toBeGreaterThan(5)
    const { secret } = (await newToken(panel, { name: 't', scopes: ['sites:read'], site: 'old.test' })) as {
      secret: string
    }
    sqlite.exec(`
      INSERT INTO site_usage (domain, bytes, files, measured_at) VALUES ('old.test', 7, 1, '${now}');
      INSERT INTO databases (name, spec, site, created_at)
        VALUES ('d', '{"name":"d","users":[]}', 'old.test', '${now}');
      INSERT INTO certificates (subject, site, source, key_type) VALUES ('old.test', 'old.test', 'own', 'rsa')`)
    raiseAlert(panel.ctx.db, { key: 'files:old.test', site: 'old.test', severity: 'warning', message: 'x', since: now })
    expect((await rename('old.test', { domain: 'new.test' })).status).toBe(200)
    for (const key of keys as string[]) {
      const [table, column] = key.split('.')
      expect([key, rows(`SELECT ${column} FROM ${table} WHERE ${column} = 'old.test'`)]).toEqual([key, []])
    }
    expect(rows('SELECT site FROM databases UNION ALL SELECT subject FROM certificates')).toEqual([
      'new.test',
      'new.test',
    ])
    expect(listAlerts(panel.ctx.db)).toMatchObject([{ key: 'files:new.test', site: 'new.test' }])
    const shown = await panel.call('GET /api/sites/{site}', { path: '/api/sites/new.test', headers: bearer(secret) })
    expect(shown.status).toBe(200)
    expect(
      (await panel.call('GET /api/audit', { path: '/api/audit?action=site.rename' })).body.entries[0],
    ).toMatchObject({
      object: 'old.test',
      before: { domain: 'old.test' },
      after: { domain: 'new.test' },
    })
  })

  it('is shown by a plan with what to look at, and changes nothing then', async () => {
    const certificate = { id: '0'.repeat(32), names: ['old.test'] }
    putSite(panel, 'secure.test', null, {
      certificate,
      directives: '# of secure.test',
      cache: { ...noCaches, redis: { hash: 'a'.repeat(64) } },
    })
    const { body } = await rename('secure.test', { domain: 'new.test' }, {}, '?plan=true')
    expect(body.changes.map(({ name }: { name: string }) => name)).toEqual([
      'certificate',
      'cache.redis',
      'directives',
      'files',
    ])
    expect([findSite(panel.ctx.db, 'new.test'), agent.asked('sites.apply')]).toEqual([null, []])
  })

  it('that the machine refuses leaves the old one exactly', async () => {
    const before = [JSON.stringify(findSite(panel.ctx.db, 'app.test')!.spec), findApp(panel.ctx.db, 'app.test')]
    agent.answers['sites.apply'] = refuse('path_taken')
    expect((await rename('app.test', { domain: 'new.test' })).body.code).toBe('path_taken')
    expect([JSON.stringify(findSite(panel.ctx.db, 'app.test')!.spec), findApp(panel.ctx.db, 'app.test')]).toEqual(
      before,
    )
    expect([namesOf('app.test'), namesOf('new.test')]).toEqual([['app.test'], []])
  })

  it('cut off by a restart is ended at the next start, and its names are kept for it meanwhile', async () => {
    agent.answers['sites.apply'] = refuse('agent_silent')
    expect((await rename('old.test', { domain: 'new.test', keepOldName: 'no' })).body.code).toBe('outcome_unknown')
    const create = { path: '/api/sites', body: { domain: 'old.test', runtime: 'static' } }
    expect((await panel.call('POST /api/sites', create)).body.code).toBe('domain_taken')
    expect((await rename('new.test', { domain: 'third.test' })).body.code).toBe('site_busy')
    // Its files are not known by the new domain yet: they would be taken for nobody's.
    const undone = await panel.call('POST /api/drift', { headers: { prefer: 'wait=9' } })
    expect([undone.body.error.code, agent.asked('server.converge')]).toEqual(['change_pending', []])
    delete agent.answers['sites.apply']
    await resumePending(panel.ctx, { site: pendingSite })
    expect(agent.asked('sites.apply').at(-1)!.desired).toMatchObject({ from: 'old.test', spec: { domain: 'new.test' } })
    expect([findSite(panel.ctx.db, 'new.test')!.pending, namesOf('new.test')]).toEqual([
      null,
      ['also.test', 'new.test', 'www.new.test'],
    ])
  })
})

describe('an app', () => {
  it('that runs is stopped before, woken by nobody meanwhile, and started again by a job', async () => {
    agent.answers['sites.apply'] = async () => {
      expect(asked).toEqual(['stop app.test'])
      expect(briefApps(panel.ctx.db)).toEqual([])
      for (const domain of ['app.test', 'new.test'])
        await expect(wake(panel.ctx, domain)).rejects.toMatchObject({ status: 503 })
      return { changes: [] }
    }
    agent.answers['apps.prepare'] = () => new Promise(() => {})
    const { body } = await rename('app.test', { domain: 'new.test' })
    expect(body.notes).toContainEqual({ name: 'app', note: 'Names app.test. Change it where the new domain is meant' })
    expect(findApp(panel.ctx.db, 'new.test')).toMatchObject({ status: 'running', startedAt: now })
    expect(rows("SELECT name || ' ' || site FROM jobs")).toEqual(['Start the app under its new domain new.test'])
    expect((await rename('new.test', { domain: 'third.test' })).body.code).toBe('app_busy')
  })

  it.each([
    ['stopped', () => noteStop(panel.ctx.db, 'app.test', now)],
    ['asleep', () => noteSleep(panel.ctx.db, 'app.test', now, now)],
  ])('that is %s stays so', async (status, become) => {
    become()
    expect((await rename('app.test', { domain: 'new.test' })).status).toBe(200)
    expect([findApp(panel.ctx.db, 'new.test')!.status, asked, rows('SELECT name FROM jobs')]).toEqual([status, [], []])
  })
})

describe('refuses', () => {
  it.each([
    ['the same name', { domain: 'OLD.test' }, 422, 'invalid_input'],
    ['no name', {}, 422, 'invalid_input'],
    ['a wildcard', { domain: '*.new.test' }, 422, 'invalid_input'],
    ['a path', { domain: '../etc' }, 422, 'invalid_input'],
    ['a command', { domain: '$(id).test' }, 422, 'invalid_input'],
    ['a second line', { domain: 'a.test\n}' }, 422, 'invalid_input'],
    ['an unknown way', { domain: 'new.test', keepOldName: 'move' }, 422, 'invalid_input'],
    ['another site', { domain: 'taken.test' }, 409, 'domain_taken'],
    ['an alias of another site', { domain: 'alias.test' }, 409, 'domain_taken'],
    ['a name below another user’s wildcard', { domain: 'a.wild.test' }, 409, 'domain_taken'],
    ['a name whose www form is another site’s', { domain: 'www.taken.test' }, 409, 'domain_taken'],
  ])('%s, in a plan too', async (_what, body, status, code) => {
    for (const query of ['', '?plan=true']) {
      const answer = await rename('old.test', body, anna, query)
      expect([answer.status, answer.body.code]).toEqual([status, code])
    }
    expect([agent.asked('sites.apply'), namesOf('old.test')]).toEqual([[], ['also.test', 'old.test']])
  })

  it('a site of another user, one with a job, and a token for one site', async () => {
    expect((await rename('taken.test', { domain: 'new.test' }, anna)).body.code).toBe('site_not_found')
    const job = { id: 'j', name: 'Run a command', path: '', subject: 'old.test', site: 'old.test', actor: 'anna' }
    addJob(panel.ctx.db, { ...job, createdAt: now })
    expect((await rename('old.test', { domain: 'new.test' })).body).toMatchObject({
      code: 'site_busy',
      message: expect.stringContaining('Run a command'),
    })
    endJob(panel.ctx.db, 'j', { state: 'done', result: null, error: null }, now)
    const { secret } = (await newToken(panel, { name: 't', scopes: ['sites:write'], site: 'old.test' })) as {
      secret: string
    }
    expect((await rename('old.test', { domain: 'new.test' }, bearer(secret))).body.code).toBe('not_allowed')
    expect((await rename('old.test', { domain: 'new.test' }, anna)).status).toBe(200)
  })
})
