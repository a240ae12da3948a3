import { connectionSerial } from '../../drivers/nginx/index.ts'
import { sshPorts } from '../../drivers/sshd/index.ts'
import { runLater } from '../../drivers/systemd/index.ts'
import { listsOf, problem, readSnapshot } from '../../drivers/ufw/index.ts'
import { duplicates, reaches, wantedRules, builtinRules, type Rule } from '../../drivers/ufw/rules.ts'
import { PanelError } from '../../model/errors.ts'
import type { FirewallSpec, FirewallState } from '../../model/firewall/schema.ts'
import { paths, ports } from '../../model/paths.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import { byItself } from '../../model/protocol/caller.ts'
import type { Change } from '../../model/protocol/change.ts'
import { readText, removeFile, writeAtomically } from '../../system/files.ts'
import { converge } from '../converge/converge.ts'
import { diff, toChanges } from '../converge/diff.ts'
import { runExclusive } from '../converge/queues.ts'
import { wantedState } from '../resources/firewall.ts'
import { undo } from '../resources/deltas.ts'
import type { Delta, Resource } from '../resources/resource.ts'
import { listeningPorts } from './listening.ts'
import { timeLeft } from './time-left.ts'

/** A change that is undone unless somebody confirms it: written down, so that no kill and no reboot makes it stay. */
interface Provisional {
  undoAt: string
  deltas: Delta[]
}

/** How long a confirmation may take, in seconds; HOSTING_PANEL_FIREWALL_SECONDS is for the tests. */
const CONFIRM_TIMEOUT_S = Number(process.env.HOSTING_PANEL_FIREWALL_SECONDS ?? 60)

const owner = { uid: 0, gid: 0, mode: 0o600 }
let timer: NodeJS.Timeout | undefined

const readProvisional = async (): Promise<Provisional | null> => {
  const text = await readText(paths.firewallUndo)
  return text === null ? null : (JSON.parse(text) as Provisional)
}

/** Describes UFW as desired; nothing where there is no UFW. */
export async function desiredFirewall(spec: FirewallSpec | undefined): Promise<Resource[]> {
  if (!spec || (await problem())) return []
  return [
    { kind: 'firewall', name: 'ufw', state: wantedState(spec.enabled, wantedRules(spec.rules, await sshPorts())) },
  ]
}

/** The firewall as it is. */
export async function describeFirewall(): Promise<FirewallState> {
  const [trouble, ssh, snapshot, provisional] = await Promise.all([
    problem(),
    sshPorts(),
    readSnapshot(),
    readProvisional(),
  ])
  const builtin = builtinRules(ssh)
  const lists = listsOf(snapshot)
  const foreign = [...lists[4], ...lists[6]].filter(({ own }) => !own).map(inWords)
  const known = new Set(builtin.map(({ port }) => Number(port)))
  return {
    problem: trouble,
    enabled: trouble === null && /^ENABLED=yes$/m.test(snapshot['/etc/ufw/ufw.conf'] ?? ''),
    builtin: builtin.map(({ action, port, protocol, comment }) => ({ action, port: port!, protocol, comment })),
    foreign: [...new Set(foreign)],
    closed: listeningPorts().filter((port) => !known.has(port)),
    undoAt: provisional?.undoAt ?? null,
  }
}

function inWords({ action, port, protocol, source, comment }: Rule): string {
  if (port === '0') return 'a rule of a kind the panel has not'
  return [action, port ?? 'every port', protocol, source && `from ${source}`, comment && `(${comment})`]
    .filter(Boolean)
    .join(' ')
}

export const planFirewall = async (spec: FirewallSpec): Promise<Change[]> =>
  toChanges(await diff(await desiredFirewall(spec)), true)

/**
 * Makes UFW so. A change that shuts the asking address out of the panel or of SSH is refused with
 * `would_lock_out`, or with `confirm` made and undone after a minute. Throws `rule_exists`, `firewall_unavailable`.
 */
export async function applyFirewall({
  firewall,
  client,
  confirm,
}: Parsed<'firewall.apply'>): Promise<Output<'firewall.apply'>> {
  await refuseImpossible(firewall)
  const lockout = await wouldLockOut(firewall, client)
  if (lockout && !confirm)
    throw new PanelError(
      'would_lock_out',
      409,
      `${lockout}. Send confirm: true to try it: it is undone after ${CONFIRM_TIMEOUT_S} seconds unless you ` +
        'confirm it from a new connection',
    )
  const deltas = await diff(await desiredFirewall(firewall))
  const provisional = lockout ? { undoAt: new Date(Date.now() + CONFIRM_TIMEOUT_S * 1000).toISOString(), deltas } : null
  if (provisional) await writeAtomically(paths.firewallUndo, JSON.stringify(provisional), owner, true)
  if (provisional)
    await runLater('hosting-panel-firewall-undo', CONFIRM_TIMEOUT_S + 1, [
      'systemctl',
      'start',
      'hosting-panel-agent.service',
    ])
  try {
    await converge(deltas)
  } catch (error) {
    if (provisional) await removeFile(paths.firewallUndo)
    throw error
  }
  if (provisional) watch(provisional)
  return {
    changes: await toChanges(deltas, false),
    undoAt: provisional?.undoAt ?? null,
    connection: await connectionSerial(),
  }
}

async function refuseImpossible({ rules }: FirewallSpec): Promise<void> {
  const [trouble, waiting] = [await problem(), await readProvisional()]
  if (trouble) throw new PanelError('firewall_unavailable', 503, trouble)
  if (waiting)
    throw new PanelError(
      'firewall_waits',
      409,
      `A change waits to be confirmed until ${waiting.undoAt}; confirm it or let it be undone first`,
    )
  const [again] = duplicates(rules)
  if (again)
    throw new PanelError(
      'rule_exists',
      409,
      `There already is a rule for ${again.port ?? 'every port'} ${again.protocol} from ` +
        `${again.source ?? 'anybody'}; change that one`,
    )
  const range = rules.find(({ port, protocol }) => port?.includes(':') && protocol === 'any')
  if (range) throw new PanelError('invalid_input', 422, 'A range of ports needs the protocol tcp or udp')
}

/** Tells what the asking address can reach now and could not any more; null when nothing. */
async function wouldLockOut({ enabled, rules }: FirewallSpec, client: string | null): Promise<string | null> {
  if (!enabled || !client) return null
  const ssh = await sshPorts()
  const snapshot = await readSnapshot()
  const list = listsOf(snapshot)[client.includes(':') ? 6 : 4]
  const on = (await describeFirewall()).enabled
  const after: Rule[] = [...list.filter(({ own }) => !own), ...wantedRules(rules, ssh)]
  const lost = (port: number) => (!on || reaches(list, client, port)) && !reaches(after, client, port)
  if (lost(ports.public)) return `You (${client}) would not reach the panel on port ${ports.public} any more`
  const port = ssh.find(lost)
  return port === undefined ? null : `You (${client}) would not reach SSH on port ${port} any more`
}

/** Confirms a change that waited, so that it stays. Throws `nothing_to_confirm`. */
export async function confirmFirewall(): Promise<Record<string, never>> {
  if (!(await readProvisional()))
    throw new PanelError(
      'nothing_to_confirm',
      409,
      'No change of the firewall waits to be confirmed; it may have been undone',
    )
  await removeFile(paths.firewallUndo)
  clearTimeout(timer)
  timer = undefined
  return {}
}

/** Whether a change waits: the agent stays until it is confirmed or undone. */
export const isWatching = (): boolean => timer !== undefined

function watch({ undoAt }: Provisional): void {
  clearTimeout(timer)
  // The caller of the change may have left by then.
  timer = byItself(() =>
    setTimeout(() => void runExclusive(() => undoOverdue((waiting) => waiting.undoAt === undoAt)), leftOf(undoAt)),
  )
}

const leftOf = (undoAt: string): number => timeLeft(undoAt, CONFIRM_TIMEOUT_S * 1000, Date.now())

/**
 * Undoes a change nobody confirmed in time, or at once when the agent was killed in the middle of something. Answers
 * what it did, in words; null when there was nothing to do.
 */
export async function undoOverdue(
  isOverdue = ({ undoAt }: Provisional): boolean => leftOf(undoAt) === 0,
): Promise<string | null> {
  const waiting = await readProvisional()
  timer = undefined
  if (!waiting) return null
  if (!isOverdue(waiting)) {
    watch(waiting)
    return null
  }
  for (const delta of waiting.deltas) await undo(delta)
  await removeFile(paths.firewallUndo)
  return `Undid a change of the firewall that nobody confirmed until ${waiting.undoAt}`
}
