import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { script } from '../machine/cache/_cache.ts'
import { api, site, type Api } from '../machine/http.ts'
import { down } from '../machine/machine.ts'
import { create, output, deleteSite } from '../machine/sites/_helpers.ts'
import { ownName, showJournalOnFailure } from '../machine/use-machine.ts'
import { bootVm, type Vm } from './_vm.ts'

const MIB = 1024 * 1024
const [HELD, OTHER, SHARED, NEIGHBOUR] = ['held.test', 'other.test', 'shared.test', 'neighbour.test']
const name = ownName('quota')

let vm: Vm
let panel: Api
beforeAll(async () => {
  vm = await bootVm(name)
  panel = await api(vm)
  // The emulated server has less memory than the machine that the panel was installed in.
  expect((await panel.post('/drift', undefined, { prefer: 'wait=300' })).body).toMatchObject({ state: 'done' })
  await create(panel, { domain: HELD, runtime: 'php', diskMb: 20, files: 300 })
  await create(panel, { domain: OTHER, runtime: 'php' })
  await create(panel, { domain: SHARED, runtime: 'php', isolation: 'shared', diskMb: 20 })
  for (const domain of [HELD, OTHER, SHARED]) await writer(domain)
}, 1_800_000)
afterAll(async () => {
  await vm?.end()
  await down(name)
})
beforeEach(() => showJournalOnFailure(vm))

/** Pages that write, and say what PHP said when that failed. */
async function writer(domain: string): Promise<void> {
  await script(
    vm,
    domain,
    'write.php',
    `
    set_error_handler(function ($number, $text) { exit($text); });
    $file = fopen(__DIR__ . '/' . $_GET['to'], 'a');
    for ($left = (int) $_GET['kib']; $left > 0; $left -= 64) fwrite($file, random_bytes(65536));
    fclose($file);
    echo 'written';`,
  )
  await script(
    vm,
    domain,
    'many.php',
    `
    set_error_handler(function ($number, $text) { exit($text); });
    for ($n = 0; $n < (int) $_GET['count']; $n++) touch(__DIR__ . '/' . $_GET['from'] . $n);
    echo 'made';`,
  )
  // nginx looks for files of shared sites as anybody does.
  await output(vm, 'sh', '-c', `chmod 644 /var/www/${domain}/public/*.php`)
}

/** Writes as a site's user outside of its folder, where its PHP may not; answers what was said. */
async function writeElsewhere(domain: string, kib: number, path: string): Promise<string> {
  const user = await userOf(domain)
  const { stderr } = await vm.sh([
    'setpriv',
    `--reuid=${user}`,
    `--regid=${user}`,
    '--clear-groups',
    'dd',
    'if=/dev/urandom',
    `of=${path}`,
    'bs=64K',
    `count=${kib / 64}`,
  ])
  return stderr
}

const ask = async (path: string, domain: string) => {
  const { status, body } = await site(vm, domain, path)
  return status === 200 ? body : `${status}: ${body.slice(0, 300)}`
}
const write = (kib: number, to: string, domain = HELD) => ask(`/write.php?to=${to}&kib=${kib}`, domain)
const measured = async (domain = HELD) => (await panel.post(`/sites/${domain}/storage/measure`)).body
const userOf = async (domain: string): Promise<string> => (await panel.get(`/sites/${domain}`)).body.user
const uidOf = async (domain: string) => output(vm, 'id', '-u', await userOf(domain))

/** Reads the kernel's quota of a user: [KiB used, KiB at most, files, files at most]. */
async function quotaOf(uid: string, mount = '/'): Promise<number[]> {
  const lines = await output(vm, 'repquota', '--user', '--no-names', '--verbose', '--raw-grace', mount)
  const words =
    lines
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([first]) => first === `#${uid}`) ?? []
  return [2, 4, 6, 8].map((index) => Number(words[index] ?? NaN))
}

const atLimit = expect.stringContaining('Disk quota exceeded') as string

it('a write past the limit fails at once, a file ends at the limit, and others write on', async () => {
  expect(await write(1024, 'small')).toBe('written')
  expect(await measured()).toMatchObject({ state: 'ok' })
  expect(await quotaOf(await uidOf(HELD))).toEqual([expect.any(Number), 20 * 1024, expect.any(Number), 300])
  expect(await write(60 * 1024, 'large')).toEqual(atLimit)
  const [used] = await quotaOf(await uidOf(HELD))
  expect(used).toBeGreaterThan(20 * 1024 - 128)
  expect(used).toBeLessThanOrEqual(20 * 1024)
  expect(await write(40 * 1024, 'large', OTHER)).toBe('written')
}, 600_000)

it('the panel shows what the kernel counts, which is what a walk finds', async () => {
  const { used } = await measured()
  const user = await userOf(HELD)
  const walk = `find / -xdev -user ${user} -printf '%b\\n' | awk '{ blocks += $1 } END { print blocks / 2, NR }'`
  const [kib, files] = (await output(vm, 'sh', '-c', walk)).split(' ').map(Number)
  expect(used.filesMb).toBe(Math.ceil(kib! / 1024))
  // PHP holds files that have no name any more: they count, and no walk finds them.
  expect(used.files - files!).toBeGreaterThanOrEqual(0)
  expect(used.files - files!).toBeLessThanOrEqual(3)
  expect((await panel.get('/drift')).body.changes).toEqual([])
}, 300_000)

it('a raised limit holds in the place of the old one', async () => {
  expect((await panel.patch(`/sites/${HELD}`, { diskMb: 40 })).status).toBe(200)
  expect(await measured()).toMatchObject({ state: 'ok' })
  expect((await quotaOf(await uidOf(HELD)))[1]).toBe(40 * 1024)
  expect(await write(10 * 1024, 'large')).toBe('written')
  expect(await write(60 * 1024, 'large')).toEqual(atLimit)
}, 300_000)

it('files that its user leaves elsewhere count, and directories and links are files', async () => {
  await output(vm, 'find', `/var/www/${HELD}/public`, '-name', 'large', '-delete')
  expect(await writeElsewhere(HELD, 60 * 1024, '/var/tmp/elsewhere')).toEqual(atLimit)
  const { used } = await measured()
  expect(used.filesMb).toBeGreaterThanOrEqual(39)
  await output(vm, 'rm', '/var/tmp/elsewhere')
  expect(await measured()).toMatchObject({ state: 'ok' })
  expect(await ask('/many.php?from=a&count=400', HELD)).toEqual(expect.stringContaining('Disk quota exceeded'))
  expect((await quotaOf(await uidOf(HELD)))[2]).toBe(300)
  await output(vm, 'find', `/var/www/${HELD}/public`, '-name', 'a[0-9]*', '-delete')
  expect(await measured()).toMatchObject({ state: 'ok' })
}, 300_000)

it('a limit that somebody changed by hand is set again, and limits last over a boot', async () => {
  const uid = await uidOf(HELD)
  await output(vm, 'setquota', '--user', uid, '0', '0', '0', '0', '/')
  expect((await quotaOf(uid))[1], 'it was changed (control)').toBe(0)
  await measured()
  expect((await quotaOf(uid)).filter((_, index) => index % 2)).toEqual([40 * 1024, 300])
  await vm.reboot()
  expect((await quotaOf(uid)).filter((_, index) => index % 2)).toEqual([40 * 1024, 300])
  await expect.poll(() => write(60 * 1024, 'large'), { timeout: 120_000 }).toEqual(atLimit)
}, 900_000)

it('sites that share a user are walked, and watched', async () => {
  expect(await write(1024, 'small', SHARED)).toBe('written')
  expect(await measured(SHARED)).toMatchObject({ state: 'ok' })
  expect((await quotaOf(await uidOf(SHARED)))[1]).toBe(0)
  expect(await write(30 * 1024, 'large', SHARED)).toBe('written')
  expect(await measured(SHARED)).toMatchObject({ state: 'full', used: { filesMb: expect.any(Number) as number } })
  expect(await write(1024, 'more', SHARED)).not.toBe('written')
}, 300_000)

it('a deleted site leaves no limit to the next user with its number', async () => {
  const uid = await uidOf(HELD)
  expect((await deleteSite(panel, HELD)).status).toBe(200)
  expect((await quotaOf(uid)).filter((_, index) => index % 2).every((limit) => !limit)).toBe(true)
}, 300_000)

it('where quotas only count, the panel holds sites itself', async () => {
  await output(vm, 'quotaoff', '--user', '/')
  expect((await panel.patch(`/sites/${OTHER}`, { diskMb: 60 })).status).toBe(200)
  expect(await write(30 * 1024, 'more', OTHER)).toBe('written')
  expect(await measured(OTHER)).toMatchObject({ state: 'full' })
  expect(await write(1024, 'again', OTHER)).not.toBe('written')
  const [used] = await quotaOf(await uidOf(OTHER))
  expect(used! * 1024, 'the kernel counts still').toBeGreaterThan(60 * MIB)
  await output(vm, 'quotaon', '--user', '/')
}, 300_000)

it('quotas of XFS hold as well', async () => {
  await output(
    vm,
    'sh',
    '-ec',
    `
    systemctl stop hosting-panel hosting-panel-agent nginx
    mount -o uquota /dev/vdb /mnt && cp -a /var/www/. /mnt/ && umount /mnt && mount -o uquota /dev/vdb /var/www
    systemctl start nginx hosting-panel`,
  )
  await expect.poll(async () => (await panel.get('/health')).status, { timeout: 120_000 }).toBe(200)
  await create(panel, { domain: HELD, runtime: 'php', diskMb: 20, files: 300 })
  await writer(HELD)
  expect(await measured()).toMatchObject({ state: 'ok' })
  expect((await quotaOf(await uidOf(HELD), '/var/www')).filter((_, index) => index % 2)).toEqual([20 * 1024, 300])
  expect(await write(60 * 1024, 'large')).toEqual(atLimit)
  await create(panel, { domain: NEIGHBOUR, runtime: 'php' })
  await writer(NEIGHBOUR)
  expect(await write(40 * 1024, 'large', NEIGHBOUR)).toBe('written')
  expect((await panel.get('/drift')).body.changes).toEqual([])
}, 600_000)
