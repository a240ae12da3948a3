import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newUser, sharedCookie, target, type Target } from '../attacks/_attack.ts'
import { create, output, deleteSite } from '../machine/sites/_helpers.ts'
import { showJournalOnFailure } from '../machine/use-machine.ts'
import { LOW, lynis, page, wapiti, type Finding } from './_scan.ts'

let on: Target
let customer: string
beforeAll(async () => {
  on = await target()
  customer = (await newUser(on, 'scanned')).cookie
  await create(on.panel, { domain: 'scanned.test', runtime: 'php' })
  await create(on.panel, { domain: 'still.test', runtime: 'static' })
  await page(
    on.machine,
    'still.test',
    'index.html',
    '<!doctype html><title>Still</title><a href="/about.html">About</a>',
  )
  await page(on.machine, 'still.test', 'about.html', '<!doctype html><title>About</title><p>About')
  await page(
    on.machine,
    'scanned.test',
    'index.php',
    '<!doctype html><title>PHP</title><a href="/hello.php?name=you">Hello</a>',
  )
  await page(
    on.machine,
    'scanned.test',
    'hello.php',
    '<!doctype html><title>Hello</title><?= htmlspecialchars($_GET["name"] ?? "") ?>',
  )
  await on.machine.sh(['sh', '-c', 'echo 127.0.0.1 still.test scanned.test >>/etc/hosts'])
}, 600_000)
afterAll(async () => {
  await on.machine.sh(['sed', '-i', '/ still[.]test /d', '/etc/hosts'])
  for (const domain of ['scanned.test', 'still.test']) await deleteSite(on.panel, domain)
  await on.panel.delete('/users/scanned')
})
beforeEach(() => showJournalOnFailure(on.machine))

const address = 'https://127.0.0.1:8080'

/** Pages of the API that take a query or name something: no link of the admin leads a scanner there. */
const pages = () =>
  on.operations
    .filter(({ method, stream, name }) => method === 'GET' && !stream && !/export|openapi/.test(name))
    .map(({ path, parameters }) => {
      const query = parameters
        .filter((each) => each.in === 'query')
        .map(({ name }) => `${name}=1`)
        .join('&')
      return `${address}${path.replace('{site}', 'scanned.test').replaceAll(/\{\w+\}/g, '1')}${query && `?${query}`}`
    })

const above = (findings: Finding[]): string[] =>
  findings.filter(({ level }) => level > LOW).map(({ kind, level, path, info }) => `${level} ${kind} ${path}: ${info}`)

/** Findings of lynis to accept, and why: about the test machine, about Debian, or intended by the panel. */
const accepted: Record<string, string> = {
  'NETW-2705': 'the test machine has one nameserver, as its host has',
  'NAME-4028': 'the test machine has no domain',
  LYNIS: 'Debian’s own lynis is as old as Debian',
  'KRNL-5788': 'a container has no kernel of its own',
  'DEB-0280': 'a package for people’s terminals',
  'DEB-0810': 'a package for people’s terminals',
  'DEB-0811': 'a package for people’s terminals',
  'DEB-0831': 'a package for people’s terminals',
  'PKGS-7370': 'a package for people’s terminals',
  'PKGS-7394': 'a package for people’s terminals',
  'PKGS-7420': 'when a server is upgraded its administrator decides',
  'DEB-0880': 'jail.local is people’s; the panel’s jails are in jail.d',
  'BOOT-5264': 'units of Debian too; the panel’s are measured by the bench',
  'KRNL-5820': 'the kernel’s settings are Debian’s',
  'KRNL-6000': 'the kernel’s settings are Debian’s',
  'USB-1000': 'the kernel’s settings are Debian’s',
  'STRG-1846': 'the kernel’s settings are Debian’s',
  'NETW-3200': 'the kernel’s settings are Debian’s',
  'AUTH-9230': 'people’s Linux accounts are Debian’s',
  'AUTH-9262': 'people’s Linux accounts are Debian’s',
  'AUTH-9286': 'people’s Linux accounts are Debian’s',
  'AUTH-9328': 'people’s Linux accounts are Debian’s',
  'AUTH-9284': 'users of sites have no password, so their accounts are locked: nobody signs in as one',
  'FILE-6310': 'how a disk is divided is decided when Debian is installed',
  'FIRE-4513': 'UFW’s own chains, empty until a rule needs them',
  'HTTP-6640': 'modules of Apache',
  'HTTP-6643': 'modules of Apache',
  'HTTP-6710': 'Debian’s nginx.conf names TLS 1.0; every server of the panel has TLS 1.2 and 1.3 alone (07-requests)',
  'HTTP-6712': 'requests for no site are not logged; each site has its log',
  'SSH-7408': 'the SSH server is Debian’s',
  'PHP-2376': 'WordPress and others need allow_url_fopen; sites are apart by their users',
  'LOGG-2154': 'where logs go decides the administrator',
  'LOGG-2190': 'MariaDB keeps its temporary tables in deleted files',
  'BANN-7126': 'a banner is its owner’s word',
  'BANN-7130': 'a banner is its owner’s word',
  'ACCT-9622': 'accounting costs each process; sites are measured by their control groups',
  'ACCT-9626': 'accounting costs each process; sites are measured by their control groups',
  'ACCT-9628': 'accounting costs each process; sites are measured by their control groups',
  'FINT-4350': '/api/drift watches the panel’s files',
  'TOOL-5002': 'the panel is the tool',
  'FILE-7524': 'Debian’s modes of /etc/crontab and the SSH server’s settings',
  'HRDN-7230': 'what sites upload is theirs',
}

it('lynis warns of nothing, and suggests nothing that is not meant to be so', async () => {
  const { warnings, suggestions } = await lynis(on.machine)
  const news = (said: string[]) => said.filter((line) => !(line.split(' ')[0]! in accepted))
  expect(news(warnings)).toEqual([])
  expect(news(suggestions)).toEqual([])
  expect(suggestions.length, 'it looked at the whole server').toBeGreaterThan(10)
}, 1_200_000)

it('and warns of what there is: a second user who is root (control)', async () => {
  await on.machine.sh(['useradd', '--non-unique', '--uid', '0', 'intruder'])
  const { warnings } = await lynis(on.machine, 'AUTH-9204').finally(() =>
    on.machine.sh(['sed', '-i', '/^intruder:/d', '/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow']),
  )
  expect(warnings.join()).toContain('AUTH-9204')
}, 600_000)

describe('wapiti finds nothing above low', () => {
  it('at the panel, as a stranger', async () => {
    expect(above(await wapiti(on.machine, `${address}/`, { pages: pages() }))).toEqual([])
  }, 900_000)

  it.each([
    ['a customer', () => customer],
    ['the administrator', () => sharedCookie(on.machine)],
  ])(
    'at the panel, as %s',
    async (_who, cookie) => {
      const asked = async () =>
        Number(await output(on.machine, 'grep', '-c', '/api/audit?text=', '/var/log/nginx/hosting-panel.access.log'))
      const before = await asked()
      expect(above(await wapiti(on.machine, `${address}/`, { pages: pages(), headers: { Cookie: cookie() } }))).toEqual(
        [],
      )
      expect((await asked()) - before, 'it tried the parameters of the API').toBeGreaterThan(20)
    },
    900_000,
  )

  it('at a static site and at a PHP site as the panel makes them', async () => {
    for (const domain of ['still.test', 'scanned.test'])
      expect(above(await wapiti(on.machine, `http://${domain}/`))).toEqual([])
  }, 900_000)

  it('and finds what there is: a page that repeats what it was sent (control)', async () => {
    // Another file: PHP keeps what it has compiled for two seconds.
    await page(
      on.machine,
      'scanned.test',
      'repeat.php',
      '<!doctype html><title>Repeat</title><?= $_GET["name"] ?? "" ?>',
    )
    const findings = await wapiti(on.machine, 'http://scanned.test/', {
      pages: ['http://scanned.test/repeat.php?name=you'],
    })
    expect(above(findings).join('\n')).toContain('Cross Site Scripting /repeat.php')
  }, 900_000)
})
