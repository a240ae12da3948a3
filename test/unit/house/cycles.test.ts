import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

type Graph = Map<string, Set<string>>

const root = join(import.meta.dirname, '../../..')
const files = ['lib', 'functions', 'hooks', 'admin/src', 'install']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((name) => /\.(?:ts|vue)$/.test(name) && name !== 'functions/manifest.ts')

/** The files that a file imports as it starts; types are gone by then. */
function importsOf(file: string, text: string): string[] {
  const statements = [...text.matchAll(/^(?:import|export)\s([^'"]*?)from\s+'(\.[^']+)'/gms)]
  const isType = (names: string) =>
    /^type\s/.test(names) ||
    (/^\{/.test(names) &&
      names
        .replaceAll(/[{}]/g, '')
        .split(',')
        .every((name) => /^\s*(?:type\s|$)/.test(name)))
  return statements.filter(([, names]) => !isType(names!.trim())).map(([, , path]) => join(dirname(file), path!))
}

const between = (edges: [string, string][]): Graph => {
  const graph: Graph = new Map()
  for (const [from, to] of edges) if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to))
  return graph
}

/** One cycle of a graph, as its nodes; null when there is none. */
function cycleOf(graph: Graph): string[] | null {
  const done = new Set<string>()
  const visit = (node: string, path: string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return null
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...path, node])
      if (found) return found
    }
    done.add(node)
    return null
  }
  for (const node of graph.keys()) {
    const found = visit(node, [])
    if (found) return found
  }
  return null
}

const edges = files.flatMap((file) =>
  importsOf(file, readFileSync(join(root, file), 'utf8')).map((to): [string, string] => [file, to]),
)

it('no files import each other in a circle', () => {
  expect(edges.length).toBeGreaterThan(1_000)
  expect(cycleOf(between(edges))).toBeNull()
})

it('no folders import each other in a circle', () => {
  expect(cycleOf(between(edges.map(([from, to]) => [dirname(from), dirname(to)])))).toBeNull()
})

it('a circle would be found (control)', () => {
  const text =
    "import type { A } from './a.ts'\nimport {\n  b,\n  type C,\n} from './b.ts'\nexport { d } from '../d.ts'\n"
  expect(importsOf('lib/x/c.ts', text)).toEqual(['lib/x/b.ts', 'lib/d.ts'])
  expect(
    cycleOf(
      between([
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ]),
    ),
  ).toEqual(['a', 'b', 'c', 'a'])
})
