import { dirname } from 'node:path'
import type { Change } from '../../model/protocol/change.ts'
import { inspect } from '../../system/files.ts'
import { difference } from '../resources/deltas.ts'
import { kindOf } from '../resources/kinds.ts'
import { takenText } from '../resources/place.ts'
import type { Delta, Resource } from '../resources/resource.ts'

/** Compares resources with the machine. Touches nothing. */
export async function diff(resources: readonly Resource[]): Promise<Delta[]> {
  const deltas: Delta[] = []
  for (const resource of resources) {
    if (resource.seed && (await inspect(dirname(resource.name)))) continue
    const delta = await difference(resource)
    if (delta) deltas.push(delta)
  }
  return deltas
}

/** Deltas as people see them; with the unified diff of every file when asked. */
export async function toChanges(deltas: readonly Delta[], withText: boolean): Promise<Change[]> {
  const unified = withText ? await import('diff') : null
  return deltas.map((delta) => ({
    action: delta.taken
      ? 'update'
      : delta.before === null
        ? 'create'
        : delta.after === null || delta.kind === 'tree'
          ? 'delete'
          : 'update',
    kind: delta.kind,
    name: delta.name,
    summary: delta.taken ? takenText(delta) : kindOf(delta.kind).summary(delta.before, delta.after),
    ...(unified &&
      !delta.taken &&
      kindOf(delta.kind).text && { diff: delta.secret ? secret : textDiff(delta, unified) }),
  }))
}

const secret = '(not shown: this file holds a secret)'

type DiffLibrary = typeof import('diff')

function textDiff({ kind, name, before, after }: Delta, library: DiffLibrary): string {
  const text = (state: unknown) => (state === null ? '' : kindOf(kind).text!(state))
  const [from, to] = [before ? name : '/dev/null', after ? name : '/dev/null']
  const options = { context: 3, headerOptions: library.FILE_HEADERS_ONLY }
  return library.createTwoFilesPatch(from, to, text(before), text(after), undefined, undefined, options)
}
