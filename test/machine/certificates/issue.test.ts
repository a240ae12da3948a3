import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appOf, letSleep, provideNode, startTiny } from '../apps/_tiny.ts'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { create, output, deleteSite, writeFile } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { itInSoak } from '../../_cases.ts'
import { certificateOf, jobOf, mustIssue, request, unfinished, useAuthority, type Authority } from './_authority.ts'
import { servedCertificate } from './_visitors.ts'

let machine: Machine
let panel: Api
let authority: Authority
const sites = ['static.test', 'php.test', 'node.test', 'sleepy.test', 'proxy.test', 'shop.test']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
})
afterAll(async () => {
  for (const domain of sites) await deleteSite(panel, domain)
  await authority.end()
})
beforeEach(() => showJournalOnFailure(machine))

const here = (...names: string[]) => Promise.all(names.map((name) => authority.dns.setA(name, [machine.address])))
const namesIn = async (domain: string, name = domain) => (await servedCertificate(machine, name)).subjectAltName

describe('one call', () => {
  it('gives a static site a certificate, and leads its visitors there', async () => {
    await create(panel, { domain: 'static.test', runtime: 'static', aliases: ['alias.test'] })
    await here('static.test', 'alias.test')
    const job = await request(panel, 'static.test')
    expect([job.state, job.error]).toEqual(['done', null])
    expect(job.steps.map(({ name }: { name: string }) => name)).toEqual([
      'Looking the names up',
      'Requesting the proof from each name',
      'Trying it with the staging server',
      'Asking the authority',
      'Setting https up',
      'Checking that it answers',
    ])
    expect(job.result).toMatchObject({
      state: 'valid',
      source: 'acme',
      names: ['static.test', 'alias.test'],
      missingNames: [],
      daysLeft: 89,
      keyType: 'ecdsa',
      challenge: 'http-01',
      chosenNames: null,
      problem: null,
      lastWeek: { succeeded: 1, failed: 0 },
      issuer: expect.stringContaining('Pebble'),
    })
    expect(await authority.staging.asked()).toMatchObject({ orders: 1 })
    expect(await authority.ca.asked()).toMatchObject({ orders: 1, certificates: 1 })
    const served = await servedCertificate(machine, 'static.test')
    expect(served).toMatchObject({
      serial: job.result.serial.toUpperCase(),
      subjectAltName: 'DNS:static.test, DNS:alias.test',
      protocol: 'TLSv1.3',
      alpn: 'h2',
    })
    for (const name of ['static.test', 'alias.test']) {
      expect(await site(machine, name, '/a?b=c')).toMatchObject({
        status: 301,
        headers: { location: `https://${name}/a?b=c` },
      })
      expect((await site(machine, name, '/', { scheme: 'https' })).status).toBe(200)
    }
  })

  itInSoak(
    'gives PHP, apps that run and apps that sleep one, too',
    async () => {
      await provideNode(panel)
      await create(panel, { domain: 'php.test', runtime: 'php' })
      await startTiny(machine, panel, 'node.test')
      await startTiny(machine, panel, 'sleepy.test')
      await letSleep(machine, panel, 'sleepy.test')
      await here('php.test', 'node.test', 'sleepy.test')
      for (const domain of ['php.test', 'node.test', 'sleepy.test']) {
        await mustIssue(panel, domain)
        expect(await namesIn(domain)).toBe(`DNS:${domain}`)
      }
      expect((await appOf(panel, 'sleepy.test')).state).toBe('asleep')
      expect((await site(machine, 'php.test', '/', { scheme: 'https' })).body).toContain('PHP 8.2 answers here')
      for (const domain of ['node.test', 'sleepy.test']) {
        const answer = await site(machine, domain, '/x', { scheme: 'https', method: 'POST', body: 'body' })
        expect([answer.status, JSON.parse(answer.body)]).toEqual([
          200,
          expect.objectContaining({ method: 'POST', size: 4, host: domain }),
        ])
      }
    },
    900_000,
  )

  itInSoak('works for a disabled site, one behind a password and one that only passes requests on', async () => {
    await create(panel, { domain: 'proxy.test', runtime: 'proxy', proxyTo: 'http://127.0.0.1:39999' })
    await here('proxy.test')
    await writeFile(
      machine,
      '/etc/nginx/hosting-panel/proxy.test/password.conf',
      'auth_basic "x"; auth_basic_user_file /dev/null; deny all;\n',
    )
    await panel.patch('/sites/proxy.test', { enabled: false })
    await mustIssue(panel, 'proxy.test')
    await panel.patch('/sites/proxy.test', { enabled: true })
    await mustIssue(panel, 'proxy.test', { keyType: 'rsa' })
    expect(await certificateOf(panel, 'proxy.test')).toMatchObject({ keyType: 'rsa' })
  })

  it('takes the other form along, in one step to the right address', async () => {
    await create(panel, { domain: 'shop.test', runtime: 'static', redirectWww: true })
    await here('shop.test', 'www.shop.test')
    await mustIssue(panel, 'shop.test')
    expect((await site(machine, 'www.shop.test', '/x')).headers.location).toBe('https://shop.test/x')
    expect((await site(machine, 'www.shop.test', '/x', { scheme: 'https' })).headers.location).toBe(
      'https://shop.test/x',
    )
  })
})

describe('a site’s certificate', () => {
  it('follows its names: an alias that comes and one that goes', async () => {
    await here('new.test')
    const patched = await panel.patch('/sites/static.test', { aliases: ['new.test'] })
    expect(patched.status).toBe(200)
    const { id } = (await panel.get('/jobs?under=/sites/static.test')).body.jobs[0]
    expect(await jobOf(panel, `/jobs/${id}`)).toMatchObject({ state: 'done', error: null })
    expect(await namesIn('static.test', 'new.test')).toBe('DNS:static.test, DNS:new.test')
    expect((await site(machine, 'new.test')).headers.location).toBe('https://new.test/')
  })

  it('covers what was asked for, and the rest stays on http', async () => {
    await mustIssue(panel, 'static.test', { names: ['static.test'] })
    expect(await certificateOf(panel, 'static.test')).toMatchObject({
      names: ['static.test'],
      chosenNames: ['static.test'],
      missingNames: [],
    })
    expect((await site(machine, 'new.test')).status).toBe(200)
    await expect(servedCertificate(machine, 'new.test')).rejects.toThrow()
  })

  it('is told to browsers when wanted, and http stays when wanted', async () => {
    await panel.patch('/sites/static.test', { hsts: true, httpsRedirect: false })
    expect((await site(machine, 'static.test')).status).toBe(200)
    expect((await site(machine, 'static.test')).headers['strict-transport-security']).toBeUndefined()
    expect((await site(machine, 'static.test', '/', { scheme: 'https' })).headers['strict-transport-security']).toBe(
      'max-age=31536000',
    )
    expect((await panel.delete('/sites/static.test/certificate')).body.code).toBe('hsts_on')
    expect((await panel.patch('/sites/static.test', { hsts: false, httpsRedirect: true })).status).toBe(200)
    expect((await site(machine, 'static.test', '/', { scheme: 'https' })).headers['strict-transport-security']).toBe(
      'max-age=0',
    )
  })

  it('resumes sessions, and old protocols get none', async () => {
    const resumed = await output(
      machine,
      'sh',
      '-c',
      'f=$(mktemp); for i in out in; do echo | openssl s_client -connect 127.0.0.1:443 -servername static.test ' +
        '-tls1_2 -sess_$i $f 2>/dev/null | grep -oE "^ *(New|Reused)"; done; rm $f',
    )
    expect(resumed.split(/\s+/)).toEqual(['New', 'Reused'])
    expect(
      (
        await machine.sh([
          'sh',
          '-c',
          'echo | openssl s_client -connect 127.0.0.1:443 -servername static.test -tls1_1 -cipher DEFAULT@SECLEVEL=0',
        ])
      ).code,
    ).not.toBe(0)
  })

  it('leaves http alone once it is removed, and the disk nothing of it', async () => {
    const plan = await panel.delete('/sites/static.test/certificate?plan=true')
    expect(plan.body.changes).toEqual([
      expect.objectContaining({
        name: '/etc/nginx/sites-available/static.test.conf',
        diff: expect.stringContaining('-    ssl_certificate '),
      }),
    ])
    expect((await panel.delete('/sites/static.test/certificate')).status).toBe(204)
    expect((await site(machine, 'static.test')).status).toBe(200)
    await expect(servedCertificate(machine, 'static.test')).rejects.toThrow()
    expect(await output(machine, 'ls', '/etc/hosting-panel/certificates')).not.toContain('static.test')
    expect((await panel.delete('/sites/static.test/certificate')).body.code).toBe('certificate_missing')
  })
})

it('certbot runs without root, and sees no key', async () => {
  const owners = await output(machine, 'find', '/var/lib/hosting-panel-certbot', '!', '-user', 'hosting-panel-certbot')
  expect(owners).toBe('')
  expect(
    (
      await machine.sh([
        'setpriv',
        '--reuid=hosting-panel-certbot',
        '--regid=hosting-panel-certbot',
        '--clear-groups',
        'ls',
        '/etc/hosting-panel/certificates',
      ])
    ).code,
  ).not.toBe(0)
  expect(await unfinished(machine)).toBe('')
  expect(await output(machine, 'find', '/etc/hosting-panel/certificates', '-type', 'f', '!', '-perm', '0600')).toBe('')
})
