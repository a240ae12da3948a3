import { generate } from 'otplib'
import { expect } from 'vitest'
import { newApp } from '../../../lib/model/apps/schema.ts'
import { findCertificate } from '../../../lib/panel/store/certificates.ts'
import { addAuditEntry, firstBrokenRow, listAuditEntries } from '../../../lib/panel/store/audit.ts'
import { addAttempt } from '../../../lib/panel/store/certificate-attempts.ts'
import { addDump, listDumps } from '../../../lib/panel/store/dumps.ts'
import { manualBans, noteManualBan, renewManualBans } from '../../../lib/panel/bans/manual-bans.ts'
import { raiseAlert, listAlerts } from '../../../lib/panel/store/alerts.ts'
import { readToken } from '../../../lib/panel/auth/bearer.ts'
import { takeTry } from '../../../lib/panel/auth/tries.ts'
import { refuseOverLimit } from '../../../lib/panel/certificates/limits.ts'
import { listTokens } from '../../../lib/panel/store/tokens.ts'
import { findApp, noteFailure, noteRunning, noteSleep } from '../../../lib/panel/store/apps.ts'
import { measureDue } from '../../../lib/panel/usage/measure.ts'
import { readDisk } from '../../../lib/panel/usage/limits.ts'
import { refuse } from '../_agent.ts'
import { putCertificate } from '../_authority.ts'
import { administrator } from '../_harness.ts'
import { newToken, putSite } from '../_users.ts'
import { attempt, auditEntry, dump, iso } from './_rows.ts'
import { DAY, MINUTE, START, type Travel } from './_travel.ts'

/** Something that ends, or is judged, by a time that is stored. */
export interface Deadline {
  /** The columns or keys that it is stored in. */
  of: readonly string[]
  /** Before the clock is set. */
  before?: (server: Travel) => unknown
  /** While the clock is ahead, or behind. */
  meanwhile?: (server: Travel) => unknown
  /** Once it is right again: as if it had always been. */
  after: (server: Travel) => unknown
}

const site = 'shop.test'

const signIn = ({ call }: Travel, more = {}) =>
  call('POST /api/session', { body: { ...administrator, ...more }, headers: { cookie: '' }, address: '192.0.2.9' })

const secrets = new WeakMap<object, string>()

function tryAll(server: Travel): void {
  for (let count = 0; count < 5; count++) takeTry(server.ctx, 'sign-in:x', 'name')
  expect(() => takeTry(server.ctx, 'sign-in:x', 'name')).toThrow('Too many')
}

export const deadlines: Record<string, Deadline> = {
  'tries to sign in': {
    of: ['counters.expires_at'],
    meanwhile: tryAll,
    async after(server) {
      await server.pass(5 * MINUTE)
      expect(() => takeTry(server.ctx, 'sign-in:x', 'name')).not.toThrow()
    },
  },
  'codes of a second factor': {
    of: ['users.totp_step', 'kv totp:'],
    async meanwhile(server) {
      const { password } = administrator
      const { headers } = await signIn(server)
      const cookie = headers.get('set-cookie')!.split(';')[0]!
      const begun = await server.call('POST /api/account/totp', { body: { password }, headers: { cookie } })
      const secret = begun.body.secret as string
      secrets.set(server, secret)
      const body = { code: await generate({ secret }) }
      expect((await server.call('POST /api/account/totp/confirm', { body, headers: { cookie } })).status).toBe(200)
    },
    async after(server) {
      await server.pass(MINUTE)
      const code = await generate({ secret: secrets.get(server)! })
      expect((await signIn(server, { code })).status).toBe(200)
    },
  },
  'sessions begun before': {
    of: ['kv session:'],
    after: async ({ call }) => expect((await call('GET /api/session')).status).toBe(200),
  },
  'sessions begun meanwhile': {
    of: ['kv session:', 'kv known-network:'],
    async meanwhile(server) {
      secrets.set(server, (await signIn(server)).headers.get('set-cookie')!.split(';')[0]!)
    },
    async after(server) {
      const ask = () => server.call('GET /api/session', { headers: { cookie: secrets.get(server)! } })
      await ask()
      await server.pass(3 * DAY)
      expect((await ask()).status).toBe(401)
    },
  },
  tokens: {
    of: ['tokens.last_used_at', 'tokens.expires_at'],
    async before(server) {
      const { secret } = await newToken(server, { scopes: ['sites:read'], expiresAt: iso(START + 500 * DAY) })
      secrets.set(server, secret)
    },
    async meanwhile(server) {
      await server.pass(2 * MINUTE)
      expect(readToken(server.ctx, secrets.get(server)!, new Date())).not.toBeNull()
    },
    async after(server) {
      await server.pass(4 * MINUTE)
      expect(readToken(server.ctx, secrets.get(server)!, new Date())).not.toBeNull()
      expect(listTokens(server.ctx.db, null)[0]!.lastUsedAt).toBe(iso())
    },
  },
  dumps: {
    of: ['dumps.created_at', 'dumps.kept_until'],
    before({ ctx }) {
      addDump(ctx.db, dump('a'.repeat(32), 'deleted', 30))
      addDump(ctx.db, dump('b'.repeat(32), 'export', 1))
    },
    meanwhile: ({ ctx }) => addDump(ctx.db, dump('c'.repeat(32), 'export', 1)),
    async after(server) {
      const ids = () => listDumps(server.ctx.db).map(({ id }) => id[0])
      expect(ids().sort()).toEqual(['a', 'b', 'c'])
      await server.pass(2 * DAY)
      expect(ids()).toEqual(['a'])
      await server.pass(29 * DAY)
      expect(ids()).toEqual([])
    },
  },
  'the audit log': {
    of: ['audit.at'],
    before: ({ ctx }) => addAuditEntry(ctx.db, auditEntry('first')),
    meanwhile: ({ ctx }) => addAuditEntry(ctx.db, auditEntry('second')),
    async after(server) {
      const actions = () => listAuditEntries(server.ctx.db, 99).map(({ action }) => action)
      expect(actions()).toEqual(expect.arrayContaining(['first', 'second']))
      expect(firstBrokenRow(server.ctx.db)).toBeNull()
      await server.pass(402 * DAY)
      expect(actions()).not.toContain('first')
      await server.pass(402 * DAY)
      expect(actions()).not.toContain('second')
      expect(firstBrokenRow(server.ctx.db)).toBeNull()
    },
  },
  'certificates that are due': {
    of: ['certificates.next_try'],
    before(server) {
      putSite(server, site, null)
      putCertificate(server, site, { age: 61 })
      server.agent.answers['certificates.issue'] = refuse('authority_unreachable')
    },
    meanwhile: (server) => server.pass(7 * 60 * MINUTE),
    async after(server) {
      delete server.agent.answers['certificates.issue']
      await server.pass(7 * 60 * MINUTE)
      expect(findCertificate(server.ctx.db, site)).toMatchObject({ failures: 0, nextTry: null })
    },
  },
  'the limits of authorities': {
    of: ['certificate_attempts.at'],
    meanwhile({ ctx }) {
      for (let count = 0; count < 5; count++) addAttempt(ctx.db, attempt(site, false))
      expect(() => refuseOverLimit(ctx, [site], Date.now())).toThrow('5 failures')
    },
    after({ ctx }) {
      expect(() => refuseOverLimit(ctx, [site], Date.now() + MINUTE)).not.toThrow()
    },
  },
  apps: {
    of: ['apps.started_at', 'apps.tried_at', 'apps.asleep_since'],
    before: (server) => putSite(server, site, null, { runtime: 'node', app: newApp('node', 20_000) }),
    meanwhile({ ctx }) {
      noteFailure(ctx.db, site, 'It ended', iso())
      noteRunning(ctx.db, site, null, iso())
      noteSleep(ctx.db, site, iso(), iso())
    },
    after({ ctx }) {
      const { startedAt, triedAt, asleepSince } = findApp(ctx.db, site)!
      for (const time of [startedAt, triedAt, asleepSince]) expect(Date.parse(time!)).toBeLessThanOrEqual(Date.now())
      noteRunning(ctx.db, site, null, iso(Date.now() + MINUTE))
      expect(findApp(ctx.db, site)!.asleepSeconds).toBeGreaterThanOrEqual(0)
    },
  },
  'bans by hand': {
    of: ['kv bans.by-hand'],
    before: ({ ctx }) =>
      noteManualBan(ctx, { address: '203.0.113.1', jail: 'sshd', by: 'a', at: iso(), until: iso(START + 9 * DAY) }),
    async meanwhile({ ctx }) {
      const until = iso(Date.now() + MINUTE)
      await noteManualBan(ctx, { address: '203.0.113.2', jail: 'sshd', by: 'a', at: iso(), until })
      await renewManualBans(ctx, Date.now())
    },
    async after({ ctx }) {
      const addresses = async (now: number) => (await manualBans(ctx, now)).map(({ address }) => address)
      expect(await addresses(Date.now())).toContain('203.0.113.1')
      expect(await addresses(Date.now() + 2 * MINUTE)).not.toContain('203.0.113.2')
    },
  },
  'hooks and looks of each minute': {
    of: ['alerts.since', 'kv hooks:', 'kv scripts:', 'kv storage:next', 'kv upgrades', 'kv proxies.silent'],
    async meanwhile({ ctx }) {
      raiseAlert(ctx.db, { key: 'x', site: null, severity: 'warning', message: '', since: iso() })
      await ctx.kv.set('scripts:shop.test', [Date.now()], Date.now() + 60 * MINUTE)
      await measureDue(ctx, readDisk(), Date.now())
    },
    async after({ ctx, agent }) {
      const next = Date.now() + 61 * MINUTE
      expect(listAlerts(ctx.db).find(({ key }) => key === 'x')!.since <= iso()).toBe(true)
      expect(await ctx.kv.get('hooks:reap-idle', 0)).toBeLessThanOrEqual(Date.now())
      expect(await ctx.kv.get('scripts:shop.test', next)).toBeNull()
      putSite({ ctx }, 'new.test', null)
      await measureDue(ctx, readDisk(), next)
      expect(agent.asked('sites.usage').at(-1)!.domains).toContain('new.test')
    },
  },
}
