import { ref } from 'vue'
import { api, type ApiError, type Firewall } from '../api/client.ts'
import { useCall } from './call.ts'
import { showToast } from './toast.ts'

/** A change that is made, or with `confirm` made for a minute. */
export type Risky = (confirm: boolean) => Promise<unknown>

/** The firewall, its changes, and the one that was refused because it would lock this person out. */
export function useFirewall() {
  const { busy, error, run, issue } = useCall()
  const state = ref<Firewall>()
  const refused = ref<Risky | null>(null)

  const load = () => run(async () => (state.value = await api('GET /api/firewall/rules')))

  /** Makes a change and shows what is then. Answers whether it was made. */
  async function change(work: Risky, said: string, confirm = false): Promise<boolean> {
    refused.value = null
    const made = await run(async () => {
      await work(confirm)
      state.value = await api('GET /api/firewall/rules')
      return true
    })
    if (made) showToast(said)
    else if ((error.value as ApiError | null)?.code === 'would_lock_out') refused.value = work
    return made ?? false
  }

  const insist = () => refused.value && change(refused.value, 'Done for a minute: confirm it', true)

  return { busy, error, issue, state, refused, load, change, insist }
}

/** Confirms by a new connection: browsers keep theirs, but what is asked without cookies goes by another. */
export async function confirmChange(): Promise<Firewall> {
  const answer = await fetch('/api/firewall/proof', { credentials: 'omit', cache: 'no-store' }).then(
    (response) => response.json() as Promise<{ proof: string | null }>,
    () => null,
  )
  await api('POST /api/firewall/confirm', { body: answer?.proof ? { proof: answer.proof } : {} })
  return api('GET /api/firewall/rules')
}

/** A row of the list: the panel's own rules can be moved and removed, the others are there to see. */
export interface FirewallLine {
  id: string
  position: number | null
  words: string
  action: string
  port: string
  source: string
  comment: string
  origin: string
}

const portText = (port: string | null, protocol: string) =>
  port
    ? port.replace(':', '–') + (protocol === 'any' ? '' : `/${protocol}`)
    : protocol === 'any'
      ? 'every port'
      : `every ${protocol} port`

/** All rules in the order in which they are looked at. */
export function linesOf({ rules, foreign, builtin }: Firewall): FirewallLine[] {
  const own = rules.map(({ id, action, port, protocol, source, comment }, index) => ({
    id,
    position: index + 1,
    action,
    port: portText(port, protocol),
    source: source ?? 'anywhere',
    comment,
    origin: '',
    words: `${action} ${portText(port, protocol)} from ${source ?? 'anywhere'}`,
  }))
  const always = builtin
    .filter(
      ({ port, protocol }) =>
        !rules.some((rule) => rule.port === port && rule.protocol === protocol && rule.source === null),
    )
    .map(({ action, port, protocol, comment }) => ({
      id: `builtin-${port}`,
      position: null,
      words: '',
      action,
      port: portText(port, protocol),
      source: 'anywhere',
      comment,
      origin: 'built in',
    }))
  const others = foreign.map((text) => {
    const [action = '', ...rest] = text.split(' ')
    return {
      id: text,
      position: null,
      words: '',
      action,
      port: rest.join(' '),
      source: '',
      comment: '',
      origin: 'made on the server',
    }
  })
  return [...own, ...others, ...always]
}
