import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

export const root = join(import.meta.dirname, '../../..')

/** A function, a constant or a class at the top of a file. */
export type Declared = ts.FunctionDeclaration | ts.VariableDeclaration | ts.ClassDeclaration

/** A declaration, and the member of it that a name stands for: `const { withLock } = locks`. */
export interface Meant {
  node: Declared
  member?: string
}

/** Meaning of a name at the top of a file: declared there, or imported from a file of ours (all of it: `*`). */
type Meaning = Meant | { from: string; name: string }

interface Source {
  file: ts.SourceFile
  names: Map<string, Meaning>
  /** Names that are declared further in, by the block or function they are known in. */
  inner: Map<ts.Node, Set<string>>
}

const sources = new Map<string, Source>()

/** Reads a file once. Looking names up by ourselves takes a fifth of what TypeScript's own program does. */
function read(path: string): Source {
  const known = sources.get(path)
  if (known) return known
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ESNext, true)
  const source: Source = { file, names: new Map(), inner: new Map() }
  sources.set(path, source)
  for (const statement of file.statements) addImports(source, statement)
  declareIn(source, file, file)
  return source
}

export const sourceOf = (path: string): ts.SourceFile => read(path).file

export const fileOf = (node: ts.Node): string => node.getSourceFile().fileName

function addImports({ file, names }: Source, statement: ts.Statement): void {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return
  const { text } = statement.moduleSpecifier
  const bindings = statement.importClause?.namedBindings
  if (!bindings || !/^\..*\.ts$/.test(text)) return
  const from = join(dirname(file.fileName), text)
  if (ts.isNamespaceImport(bindings)) return void names.set(bindings.name.text, { from, name: '*' })
  for (const { name, propertyName } of bindings.elements)
    names.set(name.text, { from, name: (propertyName ?? name).text })
}

const isScope = (node: ts.Node): boolean =>
  ts.isSourceFile(node) || ts.isBlock(node) || ts.isForStatement(node) || ts.isForOfStatement(node)

/** Notes every name below a node with the scope it belongs to. */
function declareIn(source: Source, node: ts.Node, scope: ts.Node): void {
  if (ts.isTypeNode(node)) return
  if (ts.isParameter(node)) declare(source, node.name, node.parent)
  else if (ts.isVariableDeclaration(node))
    declare(source, node.name, ts.isCatchClause(node.parent) ? node.parent : scope, node)
  else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name)
    declare(source, node.name, scope, node)
  ts.forEachChild(node, (child) => declareIn(source, child, isScope(node) ? node : scope))
}

function declare(source: Source, name: ts.BindingName, scope: ts.Node, node?: Declared, member?: string): void {
  if (!ts.isIdentifier(name)) {
    for (const element of name.elements) {
      if (!ts.isBindingElement(element)) continue
      const key = element.propertyName ?? element.name
      declare(source, element.name, scope, node, ts.isIdentifier(key) ? key.text : undefined)
    }
  } else if (!ts.isSourceFile(scope)) {
    const names = source.inner.get(scope) ?? new Set()
    source.inner.set(scope, names.add(name.text))
  } else if (node) source.names.set(name.text, { node, ...(member !== undefined && { member }) })
}

/**
 * Finds what a name means, wherever it was imported from; `member` is what follows its dot. null for what is declared
 * in a function, for types, and for packages.
 */
export function meaningOf(name: ts.Identifier, member?: string): Meant | null {
  const source = read(fileOf(name))
  for (let node = name.parent; !ts.isSourceFile(node); node = node.parent)
    if (source.inner.get(node)?.has(name.text)) return null
  const meaning = source.names.get(name.text)
  return meaning ? resolve(meaning, member) : null
}

function resolve(meaning: Meaning, member?: string): Meant | null {
  if ('node' in meaning) return meaning
  const name = meaning.name === '*' ? member : meaning.name
  const found = name === undefined ? undefined : read(meaning.from).names.get(name)
  return found ? resolve(found) : null
}

/** Finds a function or constant by its file and name. */
export function named(path: string, name: string): Meant {
  const found = resolve({ from: path, name })
  if (!found) throw new Error(`${path} has no ${name}`)
  return found
}

/** An expression without what TypeScript alone reads. */
export function plain(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)
    ? plain(node.expression)
    : node
}

export const textOf = (name: ts.PropertyName | undefined): string =>
  name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : ''
