import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { api, site, type Api } from '../http.ts'
import type { Machine } from '../machine.ts'
import { showJournalOnFailure, useMachine } from '../use-machine.ts'
import { create, deleteSite, output, writeFile } from './_helpers.ts'

const domain = 'settings.test'
const home = `/var/www/${domain}`
let machine: Machine
let panel: Api
let user: string
beforeAll(async () => {
  machine = await useMachine()
  panel = await api(machine)
  await deleteSite(panel, domain)
  await create(panel, { domain, runtime: 'php', phpVersion: '8.2' })
  ;({ user } = (await panel.get(`/sites/${domain}`)).body)
})
afterAll(() => deleteSite(panel, domain))
beforeEach(() => showJournalOnFailure(machine))

const sh = (script: string) => output(machine, 'sh', '-c', script)
const asUser = (script: string) =>
  output(machine, 'setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', 'sh', '-c', script)
const patch = (phpSettings: object) => panel.patch(`/sites/${domain}`, { phpSettings })
let runs = 0
/** Runs code in a file of its own: PHP notices only after two seconds that one has changed. */
const run = async (code: string) => {
  const name = `t${runs++}.php`
  await writeFile(machine, `${home}/public/${name}`, `<?php ${code}`)
  await output(machine, 'chown', '--reference', `${home}/public`, `${home}/public/${name}`)
  return (await site(machine, domain, `/${name}`)).body
}
const prune = async () => {
  await output(machine, 'systemctl', 'start', 'hosting-panel-hook@prune-temporary.service')
  expect(await output(machine, 'systemctl', 'show', '--property=Result', 'hosting-panel-hook@prune-temporary')).toBe(
    'Result=success',
  )
}

it('a master that runs without its socket is ended, and starts anew with it', async () => {
  const unit = `hosting-panel-php@${user}`
  const pid = () => output(machine, 'systemctl', 'show', '-P', 'MainPID', `${unit}.service`)
  expect((await site(machine, domain, '/')).status).toBe(200)
  const before = await pid()
  await sh(`systemctl stop ${unit}.socket 2>/dev/null; systemctl is-active ${unit}.service`)
  expect((await panel.post('/drift', undefined, { prefer: 'wait=60' })).body.state).toBe('done')
  await sh(`systemctl is-active ${unit}.socket ${unit}.service`)
  expect([before === '0', (await pid()) === before]).toEqual([false, false])
  expect((await site(machine, domain, '/')).status).toBe(200)
})

describe('directives', () => {
  it('take effect, each kind of them, in each version that is installed', async () => {
    const ini = {
      'session.gc_maxlifetime': '7200',
      'session.cookie_samesite': 'None',
      short_open_tag: 'on',
      'pcre.jit': 'off',
      realpath_cache_size: '8M',
      disable_functions: 'exec,shell_exec',
      allow_url_fopen: 'off',
    }
    expect((await patch({ ini })).body.phpSettings.ini).toEqual(ini)
    const names = Object.keys(ini)
    const shown = `echo json_encode(array_map("ini_get", ${JSON.stringify(names)}));`
    for (const phpVersion of ['8.2', '7.4', '8.2']) {
      expect((await panel.patch(`/sites/${domain}`, { phpVersion })).status).toBe(200)
      await expect.poll(() => run(shown)).toMatch(/^\["7200","None","1","0","8M","exec,shell_exec","0"\]$/)
    }
    expect(await run('echo function_exists("exec") ? "there" : "gone";')).toBe('gone')
    expect(await run('ini_set("allow_url_fopen", "1"); echo (int) ini_get("allow_url_fopen");')).toBe('0')
    expect(await run('ini_set("session.gc_maxlifetime", "60"); echo ini_get("session.gc_maxlifetime");')).toBe('60')
  })

  it('are all known to PHP', async () => {
    const { iniDirectives } = await import('../../../lib/model/sites/php-ini.ts')
    const unknown = `foreach (array_slice($argv, 1) as $name) if (ini_get($name) === false) echo "$name\\n";`
    const ask = (version: string, ...names: string[]) => output(machine, `php${version}`, '-r', unknown, '--', ...names)
    for (const version of ['7.4', '8.2'])
      expect([
        await ask(version, ...Object.keys(iniDirectives)),
        await ask(version, 'precision', 'no.such', 'nor.such'),
      ]).toEqual(['', 'no.such\nnor.such'])
  })

  it('are merged by name, and go with null; what is not one changes nothing', async () => {
    expect((await patch({ ini: { short_open_tag: null, precision: '10' } })).body.phpSettings.ini).toMatchObject({
      precision: '10',
      'pcre.jit': 'off',
    })
    const before = (await panel.get(`/sites/${domain}`)).body
    for (const [name, value] of [
      ['auto_prepend_file', '/etc/passwd'],
      ['precision', '1"\nuser = root'],
      ['x]\n[global', '1'],
    ] as const) {
      const { status, body } = await patch({ ini: { [name]: value } })
      expect([status, body.code]).toEqual([422, 'invalid_input'])
      expect(body.details.issues[0].path).toBe(`phpSettings.ini.${name}`)
    }
    expect((await panel.get(`/sites/${domain}`)).body).toEqual(before)
    expect(before.phpSettings.ini).not.toHaveProperty('short_open_tag')
  })
})

it('PHP reads the paths that it is given, and writes to none of them', async () => {
  await sh('cd /srv; mkdir -p given given-not; echo read >given/a; echo read >given-not/a; chmod -R a+rwX given')
  const read = (path: string) => run(`echo trim((string) @file_get_contents(${JSON.stringify(path)})) ?: "refused";`)
  expect((await patch({ openBasedir: ['/srv/given', '/usr/share/php'] })).status).toBe(200)
  await expect.poll(() => read('/srv/given/a')).toBe('read')
  for (const path of ['/srv/given-not/a', '/srv/given/../given-not/a', '/etc/passwd'])
    expect([path, await read(path)]).toEqual([path, 'refused'])
  expect(await run('echo @file_put_contents("/srv/given/b", "x") === false ? "refused" : "written";')).toBe('refused')
  await asUser(`ln -sfn /srv/given-not ${home}/public/link`)
  expect(await read(`${home}/public/link/a`)).toBe('refused')
  for (const path of ['/', '/var/www/other.test', '/srv/a:b', '/srv/../etc', '/etc/hosting-panel'])
    expect([path, (await patch({ openBasedir: [path] })).status]).toEqual([path, 422])
  expect((await patch({ openBasedir: [] })).status).toBe(200)
  await expect.poll(() => read('/srv/given/a')).toBe('refused')
})

it('a script that only its owner may read runs; one that a link leads out to does not', async () => {
  await asUser(
    `cd ${home}/public; umask 077; mkdir -m 750 own; echo '<?php echo "mine";' | tee own/page.php >own/index.php; ` +
      'ln -s /srv/scripts/theirs.php own/theirs.php',
  )
  await sh(`mkdir -p /srv/scripts; echo '<?php echo "theirs";' >/srv/scripts/theirs.php; chmod -R a+rX /srv/scripts`)
  expect(await site(machine, domain, '/own/page.php')).toMatchObject({ status: 200, body: 'mine' })
  const { status, body } = await site(machine, domain, '/own/theirs.php')
  expect([status >= 400, body.includes('theirs"')]).toEqual([true, false])

  const { count, examples } = (await panel.get(`/sites/${domain}/files/problems`)).body
  expect([count, examples]).toEqual([1, [{ path: 'own/index.php', problem: 'hidden' }]])
  expect((await panel.post(`/sites/${domain}/files/repair`)).body).toMatchObject({ repaired: 1, count: 0 })
  expect(await site(machine, domain, '/own/')).toMatchObject({ status: 200, body: 'mine' })
  await asUser(`rm -r ${home}/public/own`)
})

it('PHP that cannot start is tried every two seconds, and answers who waits once it can', async () => {
  const pool = `/etc/php/8.2/fpm/sites/${user}.conf`
  const starts = async () =>
    Number(await sh(`journalctl -u hosting-panel-php@${user} --since=@${began} | grep -c 'Starting hosting-panel'`))
  await sh(`systemctl stop hosting-panel-php@${user}; echo 'no_such_setting = 1' >>${pool}`)
  const began = Math.floor(Date.now() / 1000)
  const waits = run('echo "well again";')
  await expect.poll(starts, { interval: 500 }).toBeGreaterThanOrEqual(3)
  expect(Date.now() / 1000 - began).toBeGreaterThan(3)
  await sh(`sed -i '/no_such_setting/d' ${pool}`)
  expect(await waits).toBe('well again')
})

describe('what PHP leaves behind', () => {
  it('goes once it is old: sessions by the site’s own time; in tmp nothing that was put there of late', async () => {
    await patch({ ini: { 'session.gc_maxlifetime': '7200' } })
    await run('session_id("fresh"); session_start(); $_SESSION["a"] = 1;')
    await asUser(
      `cd ${home}/sessions; touch -d '3 hours ago' sess_old; touch -d '1 hour ago' sess_kept; touch -d 2020-01-01 mine`,
    )
    await asUser(`cd ${home}/tmp && touch -d '11 days ago' moved-here`)
    await prune()
    expect(await sh(`ls ${home}/sessions`)).toBe('mine\nsess_fresh\nsess_kept')
    expect(await sh(`ls ${home}/tmp`)).toContain('moved-here')
  })

  it('is never deleted through a link that the site puts in the place of a folder', async () => {
    await sh('mkdir -p /srv/precious && touch -d "1 year ago" /srv/precious/sess_1 && chmod -R a+rwX /srv/precious')
    await asUser(`cd ${home}/tmp && ln -s /srv/precious away; ln -s /srv/precious ${home}/sessions/sess_away`)
    await prune()
    expect(await sh('ls /srv/precious')).toBe('sess_1')
  })

  it('is a log that is turned over, and three old ones', async () => {
    for (const round of [1, 2, 3, 4]) {
      await asUser(`head -c 6000000 /dev/zero >${home}/logs/php.log; echo round ${round} >>${home}/logs/php.log`)
      await prune()
    }
    expect(await sh(`ls ${home}/logs`)).toBe('php.log.1\nphp.log.2\nphp.log.3')
    await run('error_log("after"); echo 1;')
    expect(await sh(`cat ${home}/logs/php.log; tail -c 8 ${home}/logs/php.log.1`)).toMatch(/after\s+round 4$/)
  })

  it('is deleted, however much it is', async () => {
    await asUser(`cd ${home}/sessions && seq -f 'sess_%.0f' 20000 | xargs touch -d '1 day ago'`)
    const count = `ls ${home}/sessions | grep -c 'sess_[0-9]'`
    expect(await sh(count)).toBe('20000')
    await prune()
    expect(await sh(count)).toBe('0')
  })
})
