import { siteComment } from '../../drivers/accounts/index.ts'
import type { Facts } from '../../drivers/facts.ts'
import { paths } from '../../model/paths.ts'
import { siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Resource } from '../resources/resource.ts'
import { describeAbsence, describeSite } from './describe-site.ts'

/** Names on this machine that a site's own are the beginning of: logs that were turned over. */
interface Found {
  nginxLogs: readonly string[]
  appLogs: readonly string[]
}

/** Resources of a site that gets another domain, in the order in which they are made. What it has moves. Pure. */
export function describeRename(
  from: string,
  spec: SiteSpec,
  facts: Facts,
  stamp: string,
  found: Found = { nginxLogs: [], appLogs: [] },
): Resource[] {
  const [old, next] = [siteNames(from), siteNames(spec.domain)]
  const moves = movesOf(from, spec.domain, found)
  const targets = [...moves.values()]
  const isMoved = (name: string) => targets.some((path) => name === path || name.startsWith(`${path}/`))
  return [
    // Files of the former user's group go before it, so that a rollback brings it back before them.
    ...describeAbsence(from, 'purge', stamp, facts)
      .filter(({ kind, name }) => kind !== 'account' && !moves.has(name))
      .map((resource): Resource => (resource.kind === 'file' ? { ...resource, turn: 'first' } : resource)),
    {
      kind: 'username',
      name: old.user,
      state: { is: next.user, home: next.home, comment: siteComment(spec.domain) },
      turn: 'first',
    },
    ...(spec.cache.redis ? [{ kind: 'keys', name: old.user, state: { of: next.user }, turn: 'first' } as const] : []),
    ...[...moves].map(([name, at]): Resource => ({ kind: 'move', name, state: { at }, turn: 'first' })),
    ...describeSite(spec, facts).filter(({ kind, name }) => kind !== 'account' && !isMoved(name)),
  ]
}

/** Everything that only gets another name, by its old one. */
function movesOf(from: string, to: string, { nginxLogs, appLogs }: Found): Map<string, string> {
  const [old, next] = [siteNames(from), siteNames(to)]
  const keys = [
    'home',
    'certificates',
    'additions',
    'keptAdditions',
    'refusedAdditions',
    'mail',
    'mailState',
    'accessLog',
    'errorLog',
    'appLog',
  ] as const
  const turned = [
    ...turnedOver(nginxLogs, paths.nginxLogs, old.accessLog, next.accessLog),
    ...turnedOver(nginxLogs, paths.nginxLogs, old.errorLog, next.errorLog),
    ...turnedOver(appLogs, paths.appLogs, old.appLog, next.appLog),
  ]
  return new Map([...keys.map((key) => [old[key], next[key]] as const), crontab(old.user, next.user), ...turned])
}

/** cron(8) takes a user's table by its name. */
const crontab = (from: string, to: string) => [`${paths.crontabs}/${from}`, `${paths.crontabs}/${to}`] as const

/** Logs of before, such as access.log.2.gz. One that an earlier site of the new name left keeps its place. */
function turnedOver(names: readonly string[], folder: string, from: string, to: string): [string, string][] {
  return names
    .map((name) => `${folder}/${name}`)
    .filter((path) => path.startsWith(`${from}.`))
    .map((path): [string, string] => [path, to + path.slice(from.length)])
    .filter(([, target]) => !names.includes(target.slice(folder.length + 1)))
}
