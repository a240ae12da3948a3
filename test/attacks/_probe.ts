import type { Machine } from '../machine/machine.ts'
import { output } from './_attack.ts'

/** As whoever runs it: every unix socket and port that answers, every file that opens, and what sudo says. */
const probe = `
import glob, os, socket, subprocess, sys
def opens(path):
    try:
        with open(path, 'rb') as f: f.read(1)
        return True
    except OSError: return False
def lists(path):
    try: os.listdir(path); return True
    except OSError: return False
def writes(path):
    try:
        with open(os.path.join(path, '.attack'), 'w'): pass
        os.remove(os.path.join(path, '.attack')); return True
    except OSError: return False
sockets = sorted({line.split()[-1] for line in open('/proc/net/unix') if line.split()[-1].startswith('/')})
for path in sockets:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); s.settimeout(1)
    try: s.connect(path); print('socket', path)
    except OSError: pass
    finally: s.close()
listed = [line.split() for f in ('/proc/net/tcp', '/proc/net/tcp6') for line in list(open(f))[1:]]
ports = sorted({int(fields[1].split(':')[1], 16) for fields in listed if fields[3] == '0A'})
for port in ports:
    for way in ('127.0.0.1', '::1'):
        try: socket.create_connection((way, port), 1).close(); print('port', port)
        except OSError: pass
for path in sys.argv[1:]:
    for real in glob.glob(path):
        if os.path.isdir(real):
            if lists(real): print('lists', real)
            if writes(real): print('writes', real)
        elif opens(real): print('reads', real)
print('sudo', subprocess.run(['sudo', '-n', '-l'], capture_output=True).returncode != 0 and 'no' or 'YES')
for pid in (p for p in os.listdir('/proc') if p.isdigit()):
    if opens('/proc/%s/environ' % pid) and os.stat('/proc/%s' % pid).st_uid != os.getuid(): print('environment of', pid)
`

/** Files and folders that a site's user tries: globs. */
const secrets = [
  '/opt/hosting-panel',
  '/opt/hosting-panel/releases',
  '/opt/hosting-panel/current',
  '/opt/hosting-panel/node',
  '/opt/hosting-panel/node/*',
  '/opt/hosting-panel/node/*/bin',
  '/opt/hosting-panel/data',
  '/opt/hosting-panel/data/panel.db',
  '/etc/hosting-panel/*',
  '/etc/hosting-panel/tls',
  '/etc/hosting-panel/tls/*',
  '/etc/nginx/snippets/hosting-panel-secret.conf',
  '/etc/hosting-panel/apps',
  '/etc/hosting-panel/apps/*.json',
  '/etc/hosting-panel/apps/*.env',
  '/var/log/hosting-panel-apps',
  '/var/log/hosting-panel-apps/*',
  '/var/lib/hosting-panel',
  '/var/lib/hosting-panel/pm2',
  '/var/log/hosting-panel',
  '/var/log/hosting-panel/*',
  '/var/log/nginx',
  '/var/log/nginx/*',
  '/etc/shadow',
  '/root',
  '/var/www',
  '/var/www/.trash',
  '/var/www/one.test',
  '/var/www/one.test/*',
  '/var/www/one.test/public/*',
  '/var/www/two.test',
  '/var/www/two.test/*',
  '/var/www/two.test/public/*',
  '/etc/php/*/fpm/sites',
  '/etc/php/*/fpm/sites/*',
  '/run/hosting-panel/php',
  '/run/hosting-panel/php/*',
  '/etc/nginx/sites-available',
  '/etc/nginx/sites-available/*',
  '/etc/nginx/sites-enabled',
  '/etc/nginx/hosting-panel',
  '/var/cache/hosting-panel/pages',
  '/var/www/shared.test/tmp',
  '/etc/ufw/*',
  '/etc/fail2ban',
]

const place = '/usr/local/share/probe.py'

/** Puts the probe where every user can run it. */
export async function putProbe(machine: Machine): Promise<void> {
  await machine.sh(['tee', place], { input: probe })
  await output(machine, 'chmod', '644', place)
}

/** Findings of the probe as a user, a line each. */
export async function probeAs(machine: Machine, user: string): Promise<string[]> {
  const as = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--reset-env']
  return (await output(machine, ...as, 'python3', place, ...secrets)).split('\n')
}
