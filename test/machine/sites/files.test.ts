import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'

/** Makes files in every way that programs do, and says what failed. `wp_…` are the calls of WordPress's functions. */
const program = `<?php
error_reporting(E_ALL); ini_set('display_errors', 1);
function must($done, $what) { if (!$done) echo "FAILED $what\\n"; clearstatcache(); }
function put($path) { must(file_put_contents($path, 'seen') !== false, $path); return $path; }
function wp_mkdir_p($target) {
  $parent = dirname($target);
  while (!is_dir($parent)) $parent = dirname($parent);
  $mode = stat($parent)['mode'] & 0007777;
  must(mkdir($target, $mode, true), "mkdir $target");
  for ($at = $target; $at !== $parent; $at = dirname($at)) must(chmod($at, $mode), "chmod $at");
}
function wp_handle_upload($from, $to) {
  must(move_uploaded_file($from, $to), 'move_uploaded_file');
  must(chmod($to, stat(dirname($to))['mode'] & 0000666), "chmod $to");
}
foreach (['new/2026/11', 'wide', 'wider'] as $folder) wp_mkdir_p(__DIR__ . "/$folder");
if ($_FILES) wp_handle_upload($_FILES['file']['tmp_name'], __DIR__ . '/new/2026/11/wordpress.txt');
if ($_FILES) must(move_uploaded_file($_FILES['plain']['tmp_name'], __DIR__ . '/uploaded.txt'), 'upload');
put('made.txt');
put('new/2026/11/made.txt');
must(mkdir('usual'), 'mkdir'); put('usual/made.txt');
must(chmod('wide', 0755), 'chmod 755'); put('wide/made.txt');
must(chmod('wider', 0775), 'chmod 775'); put('wider/made.txt');
@chmod('usual', 02755); put('usual/later.txt');
foreach ([0644, 0664, 0640] as $mode) {
  $tmp = put(sys_get_temp_dir() . '/moved');
  must(chmod($tmp, $mode), 'chmod'); must(rename($tmp, sprintf('moved-%o.txt', $mode)), 'rename');
}
must(mkdir($staged = sys_get_temp_dir() . '/staged'), 'mkdir'); put("$staged/made.txt");
must(rename($staged, 'staged'), 'rename of a folder');
$tmp = put(sys_get_temp_dir() . '/copied'); must(copy($tmp, 'copied.txt'), 'copy');
umask(0022); put('umask.txt'); must(mkdir('umask'), 'mkdir'); put('umask/made.txt');
echo 'done';
`

const files = [
  'made.txt',
  'new/2026/11/made.txt',
  'new/2026/11/wordpress.txt',
  'uploaded.txt',
  'usual/made.txt',
  'usual/later.txt',
  'wide/made.txt',
  'wider/made.txt',
  'moved-644.txt',
  'moved-664.txt',
  'moved-640.txt',
  'staged/made.txt',
  'copied.txt',
  'umask.txt',
  'umask/made.txt',
]

/** The body of a form that uploads two files. */
const upload = ['file', 'plain']
  .map(
    (name) =>
      `--line\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.txt"\r\n` +
      'Content-Type: text/plain\r\n\r\nseen\r\n',
  )
  .concat('--line--\r\n')
  .join('')

let machine: Machine
let panel: Api
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await create(panel, { domain: 'other.test', runtime: 'php', phpVersion: '8.2' })
})
beforeEach(() => showJournalOnFailure(machine))
afterAll(() => deleteSite(panel, 'other.test'))

const userOf = async (domain: string): Promise<string> => (await panel.get(`/sites/${domain}`)).body.user
/** Runs a command as a user, with the groups given: none of its own but the first, or those it is a member of. */
const as = (user: string, groups: string, ...argv: string[]) =>
  machine.sh(['setpriv', `--reuid=${user}`, `--regid=${user}`, groups, ...argv])

describe.each(['own', 'shared'])('files of a site whose isolation is %s', (isolation) => {
  const domain = `files-${isolation}.test`
  const root = `/var/www/${domain}/public`
  let user: string
  beforeAll(async () => {
    await create(panel, { domain, runtime: 'php', phpVersion: '8.2', isolation })
    user = await userOf(domain)
    await writeFile(machine, `${root}/files.php`, program)
    await output(machine, 'chown', `${user}:${user}`, `${root}/files.php`)
  })
  afterAll(() => deleteSite(panel, domain))

  it('are served at once, whatever way its program makes them', async () => {
    const { body } = await site(machine, domain, '/files.php', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=line' },
      body: upload,
    })
    expect(body).toBe('done')
    for (const file of files) {
      const answer = await site(machine, domain, `/${file}`)
      expect([file, answer.status, answer.body]).toEqual([file, 200, 'seen'])
    }
  })

  /** Public files of shared sites are open to the server's users. */
  const secret = ['tmp', 'sessions', 'logs', ...(isolation === 'own' ? ['public', ...files] : [])]
  it(`are read by no other site: ${secret.length} of them`, async () => {
    const other = await userOf('other.test')
    for (const name of secret) {
      const path = files.includes(name) ? `${root}/${name}` : `/var/www/${domain}/${name}`
      expect([name, (await machine.sh(['ls', path])).code]).toEqual([name, 0])
      expect([name, (await as(other, '--clear-groups', 'ls', path)).code]).not.toEqual([name, 0])
    }
  })

  it('are changed by no other site, nor served by it through a link', async () => {
    const other = await userOf('other.test')
    const before = await output(machine, 'find', root, '-ls')
    for (const file of files) {
      expect((await as(other, '--clear-groups', 'sh', '-c', `echo x >>${root}/${file}`)).code, file).not.toBe(0)
      expect((await as(other, '--clear-groups', 'rm', '-f', `${root}/${file}`)).code, file).not.toBe(0)
    }
    expect(await output(machine, 'find', root, '-ls')).toBe(before)
    const link = '/var/www/other.test/public/link.txt'
    expect((await as(other, '--clear-groups', 'ln', '-sf', `${root}/made.txt`, link)).code).toBe(0)
    expect((await as(user, '--clear-groups', 'cat', `${root}/made.txt`)).stdout, 'control').toBe('seen')
    expect((await site(machine, 'other.test', '/link.txt')).body).not.toContain('seen')
  })
})

it('nginx reads a site’s public files, and nothing else of it', async () => {
  await create(panel, { domain: 'closed.test', runtime: 'php', phpVersion: '8.2' })
  await create(panel, { domain: 'app.test', runtime: 'python' })
  const user = await userOf('closed.test')
  const app = await userOf('app.test')
  const opens = async (path: string) => (await as('www-data', '--init-groups', 'test', '-r', path)).code === 0
  expect(await output(machine, 'id', '-nG', 'www-data')).toContain(user)
  expect(await output(machine, 'id', '-nG', 'www-data')).not.toContain(app)
  expect(await opens('/var/www/closed.test/public/index.php'), 'control').toBe(true)
  const closed = [
    ...['tmp', 'sessions', 'logs'].map((name) => `/var/www/closed.test/${name}`),
    ...['app', 'home', 'tmp', 'venv'].map((name) => `/var/www/app.test/${name}`),
    `/etc/php/8.2/fpm/sites/${user}.conf`,
    `/etc/hosting-panel/apps/${app}.env`,
  ]
  for (const path of closed) {
    expect((await machine.sh(['test', '-e', path])).code, path).toBe(0)
    expect([path, await opens(path)]).toEqual([path, false])
  }
  await deleteSite(panel, 'closed.test')
  await deleteSite(panel, 'app.test')
  expect(await output(machine, 'grep', '-c', `^${user}:`, '/etc/group')).toBe('0')
})

describe('files that root copied in', () => {
  const domain = 'copied.test'
  const root = `/var/www/${domain}/public`
  beforeAll(() => create(panel, { domain, runtime: 'php', phpVersion: '8.2' }))
  afterAll(() => deleteSite(panel, domain))

  it('are shown by the site, and repaired with one call', async () => {
    expect((await panel.get(`/sites/${domain}/files/problems`)).body).toEqual({ count: 0, examples: [] })
    await output(machine, 'sh', '-c', `umask 077; mkdir ${root}/new && echo seen > ${root}/new/page.txt`)
    await output(machine, 'ln', '/etc/shadow', `${root}/shadow`)
    expect((await site(machine, domain, '/new/page.txt')).body).not.toContain('seen')
    const { body } = await panel.get(`/sites/${domain}/files/problems`)
    expect(body.examples).toEqual(['new', 'new/page.txt', 'shadow'].map((path) => ({ path, problem: 'owner' })))
    const answer = await panel.post(`/sites/${domain}/files/repair`)
    expect([answer.status, answer.body]).toEqual([
      200,
      { repaired: 2, count: 1, examples: [{ path: 'shadow', problem: 'owner' }] },
    ])
    expect((await site(machine, domain, '/new/page.txt')).body).toBe('seen\n')
    expect(await output(machine, 'stat', '-c', '%U:%G %a', '/etc/shadow')).toBe('root:shadow 640')
    expect((await panel.get('/audit?action=files.repair')).body.entries[0]).toMatchObject({ action: 'files.repair' })
  })

  it('raise an alert at the daily look, which ends with the repair', async () => {
    const alerts = async () =>
      ((await panel.get('/alerts')).body.alerts as { key: string; message: string }[]).filter(
        ({ key }) => key === `files:${domain}`,
      )
    await output(machine, 'sh', '-c', `rm ${root}/shadow; echo x > ${root}/copied.txt`)
    await output(machine, 'systemctl', 'start', 'hosting-panel-hook@sweep.service')
    expect((await alerts()).map(({ message }) => message)).toEqual([expect.stringContaining('copied.txt')])
    const { stdout } = await machine.sh(['hosting-panel', 'sites', 'files', 'repair', domain])
    expect(stdout).toContain('repaired')
    expect(await alerts()).toEqual([])
  })
})
