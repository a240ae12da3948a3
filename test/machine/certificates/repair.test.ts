import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { casesOf, itInSoak } from '../../_cases.ts'
import { api, client, site, type Api } from '../http.ts'
import { within, type Machine } from '../machine.ts'
import { create, output, deleteSite } from '../sites/_helpers.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { certificateOf, deleteAttempts, mustIssue, useAuthority, type Authority } from './_authority.ts'
import { servedCertificate } from './_visitors.ts'

let machine: Machine
let panel: Api
let authority: Authority
const sites = ['repair.test', 'calm.test']

beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  authority = await useAuthority(machine, panel)
  for (const domain of sites) {
    await create(panel, { domain, runtime: 'static' })
    await authority.dns.setA(domain, [machine.address])
  }
})
afterAll(async () => {
  for (const domain of sites) await deleteSite(panel, domain)
  await authority.end()
})
beforeEach(async () => {
  showJournalOnFailure(machine)
  await deleteAttempts(machine)
})

const alerts = async (): Promise<{ key: string; severity: string; message: string }[]> =>
  (await panel.get('/alerts')).body.alerts

describe('files that somebody deletes or damages', () => {
  const files = async (domain: string) => {
    const { body } = await panel.get(`/sites/${domain}`)
    return `/etc/hosting-panel/certificates/${domain}/${body.certificate.id}`
  }

  const damages = [
    ['all of it', 'rm -r .'],
    ['the certificate', 'rm fullchain.pem'],
    ['the key', 'rm privkey.pem'],
    ['a part of it', 'truncate -s 100 fullchain.pem'],
    ['another key', 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out privkey.pem'],
  ] as const
  it.each(casesOf(damages, 1))(
    '%s: nginx starts all the same, others do not notice, and it is had again by itself',
    async (_what, damage) => {
      await mustIssue(panel, 'repair.test')
      await mustIssue(panel, 'calm.test')
      const [{ serial }, calm] = [
        await servedCertificate(machine, 'repair.test'),
        await servedCertificate(machine, 'calm.test'),
      ]
      await output(
        machine,
        'sh',
        '-c',
        `d=${await files('repair.test')}; cd $d && ${damage.replace('rm -r .', 'rm -r $d')}`,
      )
      expect((await machine.sh(['systemctl', 'restart', 'nginx'])).code).toBe(0)
      expect((await servedCertificate(machine, 'calm.test')).serial).toBe(calm.serial)
      expect((await site(machine, 'repair.test', '/', { scheme: 'https' })).status).toBe(200)
      await within(120, 'a new certificate', async () => {
        const served = await servedCertificate(machine, 'repair.test').catch(() => null)
        return (served?.issuer.includes('Pebble') && served.serial !== serial) || undefined
      })
      await expect
        .poll(() => certificateOf(panel, 'repair.test'), { timeout: 90_000 })
        .toMatchObject({ state: 'valid', problem: null })
      expect((await panel.get('/drift')).body.changes).toEqual([])
    },
    300_000,
  )

  it('while nginx takes a while to start and a turn is under way: it is had again all the same', async () => {
    await mustIssue(panel, 'repair.test')
    const { serial } = await servedCertificate(machine, 'repair.test')
    const [slowStart, slowTurn] = ['nginx', 'hosting-panel-hook@renew-certificates'].map(
      (unit) => `/run/systemd/system/${unit}.service.d`,
    )
    onTestFinished(
      async () => void (await output(machine, 'sh', '-c', `rm -r ${slowStart} ${slowTurn}; systemctl daemon-reload`)),
    )
    await output(
      machine,
      'sh',
      '-c',
      `mkdir -p ${slowStart} ${slowTurn}
printf '[Service]\nExecStartPre=/bin/sleep 3\n' >${slowStart}/slow.conf
printf '[Service]\nExecStartPost=/bin/sleep 3\n' >${slowTurn}/slow.conf
systemctl daemon-reload; systemctl start --no-block hosting-panel-hook@renew-certificates`,
    )
    await within(
      60,
      'the turn to have looked',
      async () =>
        (
          await output(machine, 'systemctl', 'show', '--property=SubState', 'hosting-panel-hook@renew-certificates')
        ).endsWith('start-post') || undefined,
    )
    await output(machine, 'rm', `${await files('repair.test')}/fullchain.pem`)
    expect((await machine.sh(['systemctl', 'restart', 'nginx'])).code).toBe(0)
    await within(120, 'a new certificate', async () => {
      const served = await servedCertificate(machine, 'repair.test').catch(() => null)
      return (served?.issuer.includes('Pebble') && served.serial !== serial) || undefined
    })
  }, 300_000)

  itInSoak(
    'while no authority can help: a self-signed one stands in, somebody is told, other sites can change',
    async () => {
      await authority.dns.setA('repair.test', ['192.0.2.7'])
      await output(machine, 'rm', '-r', await files('repair.test'))
      expect((await panel.patch('/sites/calm.test', { bodyLimitMb: 65 })).status).toBe(200)
      expect((await servedCertificate(machine, 'repair.test')).issuer).not.toContain('Pebble')
      await within(
        60,
        'the alert',
        async () =>
          (await alerts()).some(({ key, severity }) => key === 'certificate:repair.test' && severity === 'critical') ||
          undefined,
      )
      expect(await certificateOf(panel, 'repair.test')).toMatchObject({
        state: 'broken',
        problem: expect.stringContaining('192.0.2.7'),
      })
      expect((await panel.get('/drift')).body.changes).not.toEqual([])
      expect((await panel.post('/drift', {}, { prefer: 'wait=60' })).body.state).toBe('done')
      expect((await site(machine, 'repair.test')).status).toBe(200)
      expect((await panel.get('/drift')).body.changes).toEqual([])
      await authority.dns.setA('repair.test', [machine.address])
      await mustIssue(panel, 'repair.test')
      expect((await alerts()).filter(({ key }) => key === 'certificate:repair.test')).toEqual([])
      expect((await site(machine, 'repair.test')).headers.location).toBe('https://repair.test/')
    },
    300_000,
  )

  it('the self-signed one itself: it is made again', async () => {
    await output(machine, 'sh', '-c', 'rm /etc/hosting-panel/tls/panel.crt; echo x >/etc/hosting-panel/tls/panel.key')
    expect((await machine.sh(['systemctl', 'restart', 'nginx'])).code).toBe(0)
    expect((await client(machine).get('/health')).status).toBe(200)
    expect(await output(machine, 'stat', '-c', '%U %a', '/etc/hosting-panel/tls/panel.key')).toBe('root 600')
  })
})
