import { install } from '../machine/deploy.ts'
import { api, type Api } from '../machine/http.ts'
import { down, existing, up, type Machine } from '../machine/machine.ts'
import { median, row } from './_table.ts'

/**
 * Measures the CPU time of requests for a file of 100 kB and a PHP hello-world, by turns through a bare vhost and the
 * panel's: without settings, and with all of them. CPU time does not depend on what else the machine does. On the
 * machine that HOSTING_PANEL_MACHINE names, or one of its own.
 */
const ROUNDS = 21
/** Few, so that it is each one's turn again before PHP ends its idle processes. */
const REQUESTS = 1_000

const [usual, all, phpUsual, phpAll] = ['usual.test', 'all.test', 'usual-php.test', 'all-php.test'] as const
const FILE = '/file.bin'

async function out(machine: Machine, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await machine.sh(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** The same by hand: a server of the fewest lines, and a pool in the distribution's PHP. */
const bare = `
mkdir -p /var/www/bare
head -c 100000 /dev/zero > /var/www/bare${FILE}
echo '<?php echo "hello";' > /var/www/bare/index.php
cat > /etc/php/8.2/fpm/pool.d/bare.conf <<POOL
[bare]
user = www-data
group = www-data
listen = /run/php/bare.sock
listen.owner = www-data
pm = ondemand
pm.max_children = 5
POOL
cat > /etc/nginx/sites-enabled/bare.conf <<'VHOST'
server {
    listen 80;
    server_name bare.test;
    root /var/www/bare;
    index index.php;
    location ~ \\.php$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_pass unix:/run/php/bare.sock;
    }
}
VHOST
sed 's/bare.test;/checked.test; disable_symlinks if_not_owner from=$document_root;/' \
    /etc/nginx/sites-enabled/bare.conf > /etc/nginx/sites-enabled/checked.conf
systemctl restart php8.2-fpm
systemctl reload nginx
`

/** Every setting that changes how visitors are answered. */
const settings = {
  errorPages: [404, 410, 413].map((status) => ({ status, path: `/errors/${status}.html` })),
  basicAuth: [{ path: '/private', users: [{ name: 'ann', password: 'correct horse' }] }],
  headers: [
    { name: 'X-Frame-Options', value: 'DENY' },
    { name: 'X-Robots-Tag', value: 'noindex', path: '/private' },
  ],
  cors: { origins: ['https://app.test'], methods: ['GET', 'PUT'], exposed: ['X-Count'], credentials: true },
  deniedPresets: ['wordpress'],
  deniedPaths: ['/secret', '/*.sql'],
}
const redirects = [
  ...Array.from({ length: 1_000 }, (_, at) => `/old/${at} /new/${at}`),
  '/tree/* /wood/*',
  '/gone - 410',
  '^/n/(\\d+)$ /m/$1 302',
].join('\n')

async function make(machine: Machine, panel: Api, domain: string, body: object): Promise<void> {
  await panel.post('/sites', { domain, ...body })
  const root = `/var/www/${domain}/public`
  await out(machine, 'cp', `/var/www/bare${FILE}`, '/var/www/bare/index.php', root)
  await out(machine, 'chown', '--reference', root, `${root}${FILE}`, `${root}/index.php`)
}

async function set(panel: Api, domain: string, more: object): Promise<void> {
  for (const { status, body } of [
    await panel.patch(`/sites/${domain}`, { ...settings, ...more }),
    await panel.send('PUT', `/sites/${domain}/redirects`, { list: redirects }),
  ])
    if (status !== 200) throw new Error(JSON.stringify(body))
}

const sum = `awk '{sum += $1} END {printf "%d", sum}'`

/** Nanoseconds of CPU that nginx's and PHP's processes have used. */
const used = async (machine: Machine): Promise<number> =>
  Number(
    await out(machine, 'sh', '-c', `for pid in $(pgrep 'nginx|php-fpm'); do cat /proc/$pid/schedstat; done | ${sum}`),
  )

/** Microseconds of CPU a request. */
async function cost(machine: Machine, host: string, path: string): Promise<number> {
  const before = await used(machine)
  const options = ['-q', '-k', '-n', String(REQUESTS), '-c', '4', '-H', `Host: ${host}`]
  const said = await out(machine, 'ab', ...options, `http://127.0.0.1${path}`)
  if (/Non-2xx|Failed requests:\s+[1-9]/.test(said)) throw new Error(`${host}${path}: ${said}`)
  return ((await used(machine)) - before) / REQUESTS / 1_000
}

/** The bare vhosts: one that follows every link, and one that follows those of the file's owner alone, as all did. */
const bares = ['bare.test', 'checked.test'] as const

async function compare(machine: Machine, what: string, path: string, hosts: readonly string[]): Promise<void> {
  const costs = Object.fromEntries([...bares, ...hosts].map((host) => [host, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++)
    for (const [host, found] of Object.entries(costs)) found.push(await cost(machine, host, path))
  const [bareCost, checkedCost] = bares.map((host) => median(costs[host]!)) as [number, number]
  for (const [at, host] of hosts.entries()) {
    const own = median(costs[host]!)
    const settings = `${what}${at === 0 ? '' : ', all settings on'}`
    console.log(`    ${host}${path}: bare ${bareCost.toFixed(1)} us, panel ${own.toFixed(1)} us`)
    row(`${settings}, to a bare vhost`, (bareCost / own).toFixed(2), `at least ${at === 0 ? '0.97' : '0.90'}`)
    row(`${settings}, to one that checks links`, (checkedCost / own).toFixed(2), '')
  }
}

const own = process.env.HOSTING_PANEL_MACHINE
const machine = own === undefined ? await up('bench-vhosts') : await existing(own)
try {
  if (own === undefined) await install(machine)
  const panel = await api(machine)
  await out(machine, 'bash', '-ec', bare)
  for (const domain of [usual, all]) await make(machine, panel, domain, { runtime: 'static' })
  for (const domain of [phpUsual, phpAll]) await make(machine, panel, domain, { runtime: 'php', phpVersion: '8.2' })
  await set(panel, all, { fallback: '/index.html' })
  await set(panel, phpAll, { frontControllers: ['/blog'] })
  await compare(machine, 'a file of 100 kB', FILE, [usual, all])
  await compare(machine, 'a PHP hello-world', '/index.php', [phpUsual, phpAll])
} finally {
  if (own === undefined) await down('bench-vhosts')
}
