import { believed } from '../../model/clock.ts'

/** A unit as `systemctl show` describes it. Times are in ms since 1970; 0: never. */
export interface Unit {
  name: string
  load: string
  active: string
  sub: string
  result: string
  activeSince: number
  lastTrigger: number
}

/** Parses the output of `showUnits`: a block for each unit, in the order asked. Needs TZ=UTC. */
export const parseUnits = (text: string): Unit[] =>
  text
    .trim()
    .split(/\n\n+/)
    .filter(Boolean)
    .map((block) => {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
      const field = (name: string) => fields.get(name) ?? ''
      return {
        name: field('Id'),
        load: field('LoadState'),
        active: field('ActiveState'),
        sub: field('SubState'),
        result: field('Result'),
        activeSince: timeOf(field('ActiveEnterTimestamp')),
        lastTrigger: timeOf(field('LastTriggerUSec')),
      }
    })

/** `Sun 2026-11-29 01:03:00 UTC`. */
function timeOf(text: string): number {
  const [, day, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(text) ?? []
  return day ? Date.parse(`${day}T${time}Z`) : 0
}

export const isMissing = ({ load }: Unit): boolean => load === 'not-found'

/** Says why a unit is not active, as the end of a sentence; null when it is. */
export function problemOf({ load, active, sub, result }: Unit): string | null {
  if (active === 'active' || active === 'reloading') return null
  if (load === 'masked') return 'is masked, so that nothing can start it'
  if (load === 'not-found') return 'is not installed'
  if (sub === 'auto-restart') return `ends after each start, and is started again and again (${result})`
  if (active === 'failed') return `has failed (${result})`
  return { activating: 'is starting', deactivating: 'is stopping' }[active] ?? 'is stopped'
}

const MINUTE = 60_000

/**
 * Finds the problem of a hook, by its timer and its service: it is not scheduled, its last run failed, or it has not
 * started for longer than `every` (ms). Answers the end of a sentence, or null.
 */
export function hookProblem(timer: Unit, service: Unit, every: number, now: number): string | null {
  const problem = problemOf(timer)
  if (problem) return `is not scheduled: ${timer.name} ${problem}`
  if (service.active === 'failed') return `failed when it was last run (${service.result})`
  // A time that is still to come says nothing: the clock was ahead.
  const ran = Math.max(...[timer.lastTrigger, timer.activeSince].map((at) => believed(at, now)))
  const quiet = ran === 0 ? 0 : now - ran
  return quiet > every ? `has not run for ${Math.round(quiet / MINUTE)} minutes` : null
}
