import type { Machine } from './machine.ts'

/** Names that the panel gives what it makes: users, units, tables of nftables, files. */
const NAME = 'hosting.panel'

/**
 * Prints what is on a server by these names, wherever it may be; logs of the installer's own and copies of /etc/passwd
 * apart.
 */
const look = `
export LC_ALL=C
find / -xdev '(' -path /proc -o -path /root -o -path /tmp -o -path '/var/log/journal' ')' -prune \\
  -o -iname '*hosting*panel*' -print
find /run -iname '*hosting*panel*' -o -name 'sites*.slice'
grep -rlIi '${NAME}' /etc --exclude='*-' --exclude-dir=ufw
getent passwd | grep '${NAME}'; getent group | grep '${NAME}'
nft list tables 2>/dev/null | grep '${NAME.replace('.', '_')}'
ps -eo user:32=,args= | grep '${NAME}' | grep -v grep
ufw status 2>/dev/null | grep -E '^808[01]/'
if [ -d /run/systemd/system ]; then
  # Units that others merely name are not there.
  systemctl list-units --all --plain --no-legend 'hosting-panel*' 'sites*' 'system-hosting*' |
    grep -v 'not-found *inactive *dead'
  systemctl list-unit-files --no-legend 'hosting-panel*' 'sites*'
  systemctl list-timers --all --no-legend | grep '${NAME}'
  systemctl --failed --plain --no-legend | grep -v fail2ban
fi
mariadb -N -e "SELECT User FROM mysql.global_priv WHERE User LIKE 'hosting-panel%'" 2>/dev/null
true`

/** Leftovers of the panel on a machine, a line each. */
export async function leftovers(machine: Machine): Promise<string[]> {
  const { code, stdout, stderr } = await machine.sh(['sh', '-c', look])
  if (code !== 0) throw new Error(stderr)
  return stdout.split('\n').filter(Boolean)
}
