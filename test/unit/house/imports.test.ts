import { Linter } from 'eslint'
import { expect, it } from 'vitest'
import tseslint from 'typescript-eslint'
import { house, layers } from '../../../eslint.rules.js'

const allowed: Record<string, readonly string[]> = layers
const root = import.meta.dirname.replace(/\/test\/unit\/house$/, '')

/** A file of a folder, two levels down, and the path from there to the root. */
const folderOf = (layer: string) =>
  ['functions', 'hooks', 'install'].includes(layer) ? `${layer}/x` : layer === 'admin' ? 'admin/src' : `lib/${layer}/x`
const fileIn = (layer: string) => `${folderOf(layer)}/some.ts`
const pathTo = (from: string, to: string) => `${'../'.repeat(folderOf(from).split('/').length)}${fileIn(to)}`

function problems(layer: string, code: string): string[] {
  const linter = new Linter({ cwd: root })
  const config = {
    files: ['**/*.ts'],
    plugins: { house },
    rules: { 'house/imports': 'error' as const },
    languageOptions: { parser: tseslint.parser as Linter.Parser },
  }
  return linter.verify(code, config, { filename: `${root}/${fileIn(layer)}` }).map(({ message }) => message)
}

const names = Object.keys(layers)
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const))
const typesOnly = (from: string, to: string) => from === 'admin' && to === 'functions'
const refused = pairs.filter(([from, to]) => !allowed[from]!.includes(to))

it.each(refused)('%s imports nothing of %s, not even a type', (from, to) => {
  const path = pathTo(from, to)
  for (const code of [
    `import { x } from '${path}'`,
    `import type { X } from '${path}'`,
    `export { x } from '${path}'`,
    `export * from '${path}'`,
    `const x = await import('${path}')`,
    `let x: import('${path}').X`,
  ]) {
    expect(problems(from, code), code).toEqual([expect.stringContaining(`${from} may import`)])
  }
})

it.each(pairs.filter((pair) => !refused.includes(pair)))('%s imports of %s what it needs', (from, to) => {
  const path = pathTo(from, to)
  expect(problems(from, `import type { X } from '${path}'\nimport { type Y } from '${path}'`)).toEqual([])
  expect(problems(from, `import { x } from '${path}'`)).toEqual(
    typesOnly(from, to) ? [expect.stringContaining('types of functions')] : [],
  )
})

it('its own files and packages are everybody’s', () => {
  for (const layer of names)
    expect(
      problems(layer, "import { a } from './other.ts'\nimport { b } from '../other.ts'\nimport * as v from 'valibot'"),
    ).toEqual([])
})

it('no folder imports another that imports it', () => {
  const reaches = (from: string, seen: readonly string[] = []): string[] =>
    allowed[from]!.flatMap((to) => (seen.includes(to) ? [] : [to, ...reaches(to, [...seen, to])]))
  expect(names.filter((name) => reaches(name).includes(name))).toEqual([])
})

it('files under lib that are in no folder of the list are refused as well', () => {
  expect(problems('agent', "import { x } from '../../loose.ts'")).toEqual([expect.stringContaining('not lib/loose.ts')])
})
