import { failpoint } from '../../system/failpoint.ts'
import type { Delta } from '../resources/resource.ts'
import { services } from '../services/index.ts'
import type { Service } from '../services/service.ts'
import { together } from '../services/together.ts'

interface Concerned {
  service: Service
  own: readonly Delta[]
}

/** The services that own some of these deltas, each with its own. */
const concernedBy = (deltas: readonly Delta[]): Concerned[] =>
  services.map((service) => ({ service, own: deltas.filter(service.owns) })).filter(({ own }) => own.length > 0)

/**
 * Checks and loads services side by side. One that comes after another is checked meanwhile, and loads once that has.
 * `loaded` gets the names of those that began to load, which a rollback has to restore.
 */
export async function loadAll(
  deltas: readonly Delta[],
  loaded: Set<string>,
  onNames: (names: string) => void,
): Promise<void> {
  const concerned = concernedBy(deltas).filter(({ service: { check, load } }) => check ?? load)
  if (concerned.length > 0) onNames(concerned.map(({ service }) => service.name).join(', '))
  const loads = new Map<string, Promise<void>>()
  for (const { service, own } of concerned) loads.set(service.name, begin(service, own, loads, loaded))
  await together([...loads.values()])
}

/** Services come after earlier ones of the list alone, so each finds those it waits for. */
async function begin(
  { name, check, after, load }: Service,
  own: readonly Delta[],
  loads: ReadonlyMap<string, Promise<void>>,
  loaded: Set<string>,
): Promise<void> {
  await check?.(own)
  await Promise.all((after?.(own) ?? []).flatMap((other) => loads.get(other) ?? []))
  if (!load) return
  loaded.add(name)
  await load(own)
  failpoint()
}

/** Calls one part of the services in order, and adds their names to `loaded`. */
export async function inOrder(
  part: 'stop' | 'finish' | 'release',
  deltas: readonly Delta[],
  loaded?: Set<string>,
): Promise<void> {
  for (const { service, own } of concernedBy(deltas)) {
    if (service[part]) loaded?.add(service.name)
    await service[part]?.(own)
  }
}

/**
 * Has services take up what a rollback wrote, and answers what failed. `loaded`: the services that had begun to load.
 */
export async function restoreAll(deltas: readonly Delta[], loaded: ReadonlySet<string> | 'any'): Promise<string[]> {
  const problems: string[] = []
  for (const { service, own } of concernedBy(deltas)) {
    if (loaded !== 'any' && !loaded.has(service.name)) continue
    await service.restore?.(own).catch((error: unknown) => problems.push(`${service.name}: ${String(error)}`))
  }
  return problems
}
