import ts from 'typescript'
import { membersOf, nameOf, read, type Unit } from './_calls.ts'
import { fileOf, named, sourceOf, textOf } from './_source.ts'

/** Codes that can be thrown from somewhere, each with the way there, and the operations that are asked. */
export interface Reached {
  codes: Map<string, string[]>
  asks: Set<string>
}

/** Whether a unit is followed no further: data tells that nothing gets there. */
export type Closed = (unit: string) => boolean

/** Where resources are read and changed by their kind. */
const handlers = 'lib/agent/resources/kinds.ts'
const KINDS = `${handlers}#kinds`
const CHANGES = ['apply', 'undo'].map((name) => `lib/agent/resources/deltas.ts#${name}`)
const kindNames = membersOf(named(handlers, 'kinds').node)

/** Follows units as far as they lead. Of the kinds of resource, those that something on the way describes. */
export function reach(from: readonly Unit[], closed: Closed): Reached {
  let kinds: readonly Unit[] = []
  for (;;) {
    const { described, changes, ...reached } = reachWith([...from, ...kinds], closed)
    const members = ['read', 'same', 'summary', 'text', ...(changes ? ['set'] : [])]
    const next = kindNames.filter((kind) => described.has(kind)).flatMap((kind) => membersAmong(kind, members))
    if (next.length === kinds.length) return reached
    kinds = next
  }
}

function membersAmong(kind: string, wanted: readonly string[]): Unit[] {
  const { node } = named(`lib/agent/resources/${kind}.ts`, kind)
  return membersOf(node).flatMap((member) => (wanted.includes(member) ? [{ node, member }] : []))
}

function reachWith(from: readonly Unit[], closed: Closed) {
  const [codes, asks, described] = [new Map<string, string[]>(), new Set<string>(), new Set<string>()]
  const seen = new Set<string>()
  const queue = from.map((unit) => ({ unit, path: [] as string[] }))
  for (let next = queue.shift(); next; next = queue.shift()) {
    const name = nameOf(next.unit)
    const key = `${next.unit.node.pos} ${name}`
    if (seen.has(key) || name === KINDS || closed(name)) continue
    seen.add(key)
    const path = [...next.path, name]
    const found = read(next.unit)
    for (const code of found.codes) if (!codes.has(code)) codes.set(code, path)
    for (const operation of found.asks) asks.add(operation)
    for (const kind of found.kinds) described.add(kind)
    queue.push(...found.uses.map((unit) => ({ unit, path })))
  }
  const names = new Set([...seen].map((key) => key.split(' ')[1]!))
  return { codes, asks, described, changes: CHANGES.some((name) => names.has(name)) }
}

const isOperation = (name: string, path: string): boolean =>
  path.startsWith('lib/supervisor/') ? /^(?:start|stop|list)$/.test(name) : name === 'health' || name.includes('.')

/** Implementation of each operation of the agent and the supervisor. */
export function implementations(): Map<string, Unit> {
  const found = new Map<string, Unit>()
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && isOperation(textOf(node.name), fileOf(node))) {
      const name = textOf(node.name)
      found.set(fileOf(node).startsWith('lib/supervisor/') ? `supervisor.${name}` : name, { node: node.initializer })
    } else ts.forEachChild(node, visit)
  }
  for (const name of [
    'operations',
    'operations-apps',
    'operations-certificates',
    'operations-databases',
    'operations-php',
    'operations-security',
  ])
    visit(sourceOf(`lib/agent/${name}.ts`))
  visit(sourceOf('lib/supervisor/main.ts'))
  return found
}

/** Parts of a function's declaration that run while it is called; `run` of one that is a job does not. */
export function partsOf(path: string, names: readonly string[]): Unit[] {
  const exported = sourceOf(path).statements.find(ts.isExportAssignment)
  if (!exported || !ts.isCallExpression(exported.expression)) throw new Error(`${path} declares no function`)
  const [definition] = exported.expression.arguments
  if (!definition || !ts.isObjectLiteralExpression(definition)) throw new Error(`${path} declares no function`)
  return definition.properties.filter(({ name }) => names.includes(textOf(name))).map((node) => ({ node }))
}
