import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PanelError } from '../../model/errors.ts'
import { paths } from '../../model/paths.ts'
import { readText } from '../../system/files.ts'
import { attempt, type Argv } from '../../system/run.ts'
import { querySqlite } from '../../system/sqlite-query.ts'
import { sshPorts } from '../sshd/index.ts'
import { hasSystemd, startService } from '../systemd/index.ts'
import * as commands from './commands.ts'
import type { BanFacts } from './facts.ts'
import { enabledIn } from './jail.conf.ts'
import { candidates } from './jails.ts'
import {
  hasAction,
  parseBanned,
  parseBanTimes,
  parseStatus,
  toBans,
  type Banned,
  type RecordedBan,
  type Row,
} from './parse.ts'

/** How long a reload may take to have every jail running, in seconds. */
const RELOAD_TIMEOUT_S = 15

const database = '/var/lib/fail2ban/fail2ban.sqlite3'
const known = 'SELECT jail, ip, timeofban, bantime, data FROM bips'

export const isInstalled = (): boolean => existsSync('/usr/bin/fail2ban-client') && existsSync(dirname(paths.jails))

export async function readBanFacts(): Promise<BanFacts> {
  return {
    journal: hasSystemd() && existsSync('/usr/lib/python3/dist-packages/systemd/journal.py'),
    sshPorts: await sshPorts(),
    present: candidates.filter((path) => existsSync(path)),
  }
}

/** Reads Fail2ban's complaint about its configuration; null when there is none. */
export async function configurationProblem(): Promise<string | null> {
  const { code, stdout, stderr } = await attempt(commands.testConfiguration())
  return code === 0 ? null : (stderr || stdout).trim().split('\n').slice(-5).join('\n')
}

/** Throws PanelError `fail2ban_check_failed` when Fail2ban refuses the configuration as it is on disk. */
export async function checkConfiguration(): Promise<void> {
  const problem = await configurationProblem()
  if (problem)
    throw new PanelError(
      'fail2ban_check_failed',
      422,
      `Fail2ban refuses the new configuration, so the previous one was restored: ${problem}`,
    )
}

/** The jails that run. Throws `fail2ban_missing`, `fail2ban_down`. */
export const liveJails = async (): Promise<string[]> => parseStatus(await ask(commands.status()))

/** Everybody who is banned. Throws `fail2ban_missing`, `fail2ban_down`. */
export const bannedNow = async (): Promise<Banned[]> => parseBanned(await ask(commands.banned()))

/** Everybody who is banned, and why. Throws `fail2ban_missing`, `fail2ban_down`. */
export async function listBans(): Promise<RecordedBan[]> {
  const banned = await bannedNow()
  return banned.length > 0 ? toBans(banned, await querySqlite<Row>(database, known)) : []
}

/**
 * When each ban of a jail ends (ms since 1970). Throws `fail2ban_down`, and `fail2ban_failed` for a jail that does not
 * run.
 */
export const banTimes = async (jail: string): Promise<Map<string, number>> =>
  parseBanTimes(await ask(commands.banTimes(jail)))

/** Bans an address, or bans it for longer. Throws `jail_not_running`. */
export async function ban(jail: string, address: string): Promise<void> {
  await refuseUnlessLive(jail)
  await ask(commands.ban(jail, address))
}

/** Answers how many bans ended. Throws `jail_not_running`. */
export async function unban(address: string, jail: string | null): Promise<number> {
  if (jail !== null) await refuseUnlessLive(jail)
  return Number((await ask(commands.unban(address, jail))).trim()) || 0
}

async function refuseUnlessLive(jail: string): Promise<void> {
  const live = await liveJails()
  if (!live.includes(jail))
    throw new PanelError('jail_not_running', 409, `Fail2ban runs no jail ${jail}; it runs ${live.join(', ') || 'none'}`)
}

async function ask(command: Argv): Promise<string> {
  if (!isInstalled())
    throw new PanelError(
      'fail2ban_missing',
      503,
      'Fail2ban is not installed on this server, so nobody is banned. Install the package fail2ban, then run ' +
        'the panel’s installer again',
    )
  const { code, stdout, stderr } = await attempt(command)
  if (code === 0) return stdout
  if (await isRunning())
    throw new PanelError('fail2ban_failed', 500, `Fail2ban could not do this: ${(stderr || stdout).trim()}`)
  throw await down()
}

export const isRunning = async (): Promise<boolean> => (await attempt(commands.status())).code === 0

async function down(): Promise<PanelError> {
  const problem = await configurationProblem()
  const why = problem ? ` It refuses its configuration: ${problem}` : ''
  return new PanelError(
    'fail2ban_down',
    503,
    `Fail2ban does not run, so nobody is banned.${why} Start it with: ` +
      `${hasSystemd() ? 'systemctl start' : 'service'} fail2ban${hasSystemd() ? '' : ' start'}; its log is ` +
      '/var/log/fail2ban.log',
  )
}

/** Why no ban would close anything here, whatever Fail2ban says; null when bans work. */
export async function firewallProblem(): Promise<string | null> {
  const { code, stderr } = await attempt(commands.firewallTables())
  return code === 0
    ? null
    : 'nftables does not work on this server (often a container without NET_ADMIN), so a ban closes nothing: ' +
        `${stderr.trim() || 'nft is not installed'}`
}

export async function refuseUnlessRunning(): Promise<void> {
  await ask(commands.status())
}

/**
 * Checks the configuration, loads it (or starts Fail2ban with it), and waits until every jail of the panel
 * that is switched on really runs and can really ban. Throws `fail2ban_check_failed`, `fail2ban_reload_failed`.
 */
export async function load(): Promise<void> {
  await checkConfiguration()
  const jails = await wanted()
  if (!(await isRunning()) || !(await tell(commands.reload()))) await startService('fail2ban')
  await untilLive(jails)
  if ((await withoutAction(jails)).length === 0) return
  if (!(await tell(commands.restartJails()))) await startService('fail2ban')
  await untilLive(jails)
  refuseIncomplete(await withoutAction(jails))
}

interface Wanted {
  jail: string
  action: string
}

const wanted = async (): Promise<Wanted[]> => enabledIn((await readText(paths.jails)) ?? '')

/** Reloaded with another action, a jail is left with none and says nothing (Fail2ban 1.0.2). */
async function withoutAction(jails: readonly Wanted[]): Promise<string[]> {
  const without: string[] = []
  for (const { jail, action } of jails)
    if (!hasAction((await attempt(commands.actions(jail))).stdout, action)) without.push(jail)
  return without
}

/** Takes up what is on disk, when there is a running Fail2ban to do so. */
export async function reloadIfRunning(): Promise<void> {
  if (!isInstalled() || !(await isRunning())) return
  const told = await tell(commands.reload())
  if (told && (await withoutAction(await wanted())).length > 0) await tell(commands.restartJails())
}

/** Answers false when Fail2ban has died meanwhile: it starts with what is on disk. Throws `fail2ban_reload_failed`. */
async function tell(command: Argv): Promise<boolean> {
  const { code, stdout, stderr } = await attempt(command)
  if (code === 0) return true
  if (!(await isRunning())) return false
  throw new PanelError(
    'fail2ban_reload_failed',
    503,
    `Fail2ban did not take the configuration up, so the previous one was restored: ${(stderr || stdout).trim()}`,
  )
}

async function untilLive(jails: readonly Wanted[]): Promise<void> {
  const deadline = performance.now() + RELOAD_TIMEOUT_S * 1000
  let missing: readonly string[]
  do {
    const live = parseStatus((await attempt(commands.status())).stdout)
    missing = jails.map(({ jail }) => jail).filter((jail) => !live.includes(jail))
    if (missing.length === 0) return
    await sleep(200)
  } while (performance.now() < deadline)
  refuseIncomplete(missing)
}

function refuseIncomplete(missing: readonly string[]): void {
  if (missing.length === 0) return
  throw new PanelError(
    'fail2ban_reload_failed',
    503,
    `Fail2ban accepted the configuration but does not run ${missing.join(', ')}, so the previous one was restored. ` +
      'Look at /var/log/fail2ban.log, and check whether /etc/fail2ban/jail.local overrides it',
  )
}
