import ts from 'typescript'
import { errorCodes } from '../../../lib/model/error-codes.ts'
import { fileOf, meaningOf, named, plain, textOf } from './_source.ts'
import { swallows } from './_swallows.ts'

/** Code to follow: a declaration, one member of the object that it is or makes, or a part of a function's. */
export interface Unit {
  node: ts.Node
  member?: string | undefined
}

/** Contents of a unit itself. */
interface Found {
  codes: Set<string>
  /** Operations: `sites.apply`, `supervisor.stop`. */
  asks: Set<string>
  /** Kinds of resource that it describes. */
  kinds: Set<string>
  uses: Unit[]
}

/** Objects of the context whose methods throw; no import leads to them. */
const makers: Record<string, readonly [string, string]> = {
  'ctx.jobs.cancel': ['lib/panel/jobs/jobs.ts', 'createJobs'],
}

/** `lib/panel/sites/read.ts#getSite`; of a constant's or a made object's member `#locks.withLock`. */
export function nameOf({ node, member }: Unit): string {
  const { name } = node as { name?: ts.Node }
  const own = name && !ts.isObjectBindingPattern(name) ? [name.getText()] : []
  return `${fileOf(node)}#${[...own, ...(member ? [member] : [])].join('.')}`
}

const known = new Map<string, Found>()

/** Reads a unit once. */
export function read(unit: Unit): Found {
  const key = `${unit.node.pos} ${nameOf(unit)}`
  const found = known.get(key) ?? { codes: new Set(), asks: new Set(), kinds: new Set(), uses: [] }
  if (known.has(key)) return found
  known.set(key, found)
  const origin = originOf(unit)
  if (origin) found.uses.push(origin)
  const { node, others } = partOf(unit)
  visit(node, found, others)
  return found
}

/** In `const apps = createApps(…)` and `const { withLock } = locks` a member is another function’s. */
function originOf({ node, member }: Unit): Unit | null {
  const value = sourceOfMember({ node, member })
  const meant = value && meaningOf(value)
  return meant ? { ...meant, member } : null
}

/** The name that an object comes from whose member is meant. */
function sourceOfMember({ node, member }: Unit): ts.Identifier | null {
  if (!member || !ts.isVariableDeclaration(node) || !node.initializer) return null
  const value = plain(node.initializer)
  const source = ts.isCallExpression(value) ? value.expression : value
  return ts.isIdentifier(source) ? source : null
}

/** The object that a declaration is, or that it makes as a function; null when there is none. */
function objectOf(node: ts.Node | undefined): ts.ObjectLiteralExpression | null {
  if (!node) return null
  if (ts.isObjectLiteralExpression(node)) return node
  if (ts.isVariableDeclaration(node)) return objectOf(node.initializer && plain(node.initializer))
  if (ts.isArrowFunction(node)) return objectOf(ts.isBlock(node.body) ? node.body : plain(node.body))
  if (ts.isFunctionDeclaration(node)) return objectOf(node.body)
  if (!ts.isBlock(node)) return null
  const last = node.statements.at(-1)
  return last && ts.isReturnStatement(last) ? objectOf(last.expression && plain(last.expression)) : null
}

/** Names of an object's members. */
export const membersOf = (node: ts.Node): string[] => objectOf(node)?.properties.map(({ name }) => textOf(name)) ?? []

/** Narrows a unit to its member: a constant's alone, or a made object's with all that is not another member. */
function partOf({ node, member }: Unit): { node: ts.Node; others: ReadonlySet<ts.Node> } {
  const source = sourceOfMember({ node, member })
  if (source) return { node, others: new Set([source]) }
  const properties = (member && objectOf(node)?.properties) || []
  const own = properties.find(({ name }) => textOf(name) === member)
  if (!own) return { node, others: new Set() }
  const isConstant = ts.isVariableDeclaration(node) && ts.isObjectLiteralExpression(plain(node.initializer!))
  return isConstant
    ? { node: own, others: new Set() }
    : { node, others: new Set(properties.filter((property) => property !== own)) }
}

function visit(node: ts.Node, found: Found, others: ReadonlySet<ts.Node>): void {
  const inner = (child: ts.Node) => visit(child, found, others)
  if (others.has(node) || ts.isTypeNode(node) || ts.isInterfaceDeclaration(node)) return
  if (ts.isTryStatement(node) && swallows(node.catchClause)) {
    inner(node.catchClause!.block)
    if (node.finallyBlock) inner(node.finallyBlock)
  } else if (ts.isCallExpression(node) && isSwallowed(node)) node.arguments.forEach(inner)
  else if (ts.isIdentifier(node)) use(node, found)
  else if (ts.isStringLiteral(node)) note(node, found)
  else {
    if (ts.isCallExpression(node)) ask(node, found)
    if (!isOtherJob(node)) ts.forEachChild(node, inner)
  }
}

/** `work().catch(() => undefined)`. */
function isSwallowed({ expression, arguments: [first, second] }: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(expression)) return false
  const { text } = expression.name
  return swallows(text === 'catch' ? first : text === 'then' ? second : undefined)
}

/** Work that another job does: its errors are that job's. */
const isOtherJob = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && node.expression.getText() === 'ctx.jobs.start'

/** A call of the agent or the supervisor, or of an object of the context. */
function ask({ expression, arguments: [first] }: ts.CallExpression, found: Found): void {
  const path = expression.getText().replaceAll(/\s/g, '')
  const [, callee] = /(?:^|\.)(agent|supervisor)\.call$/.exec(path) ?? []
  if (callee && first && ts.isStringLiteral(first))
    found.asks.add(callee === 'agent' ? first.text : `supervisor.${first.text}`)
  const maker = makers[path]
  if (maker) found.uses.push({ ...named(...maker), member: path.split('.').at(-1) })
}

/** A code counts wherever it stands, as many go through tables and helpers; not where something is compared to it. */
function note(literal: ts.StringLiteral, { codes, kinds }: Found): void {
  const { parent } = literal
  if (Object.hasOwn(errorCodes, literal.text) && !isCompared(parent)) codes.add(literal.text)
  const isKind = ts.isPropertyAssignment(parent) && textOf(parent.name) === 'kind'
  if (isKind && fileOf(literal).startsWith('lib/agent/')) kinds.add(literal.text)
}

function isCompared(parent: ts.Node): boolean {
  if (ts.isCaseClause(parent)) return true
  if (ts.isBinaryExpression(parent)) return /^[!=]==$/.test(parent.operatorToken.getText())
  return ts.isArrayLiteralExpression(parent) && /^\.includes\b/.test(textAfter(parent))
}

const textAfter = (node: ts.Node): string => node.getSourceFile().text.slice(node.end, node.end + 10)

/** Follows a name; of an object, only the member that is meant. */
function use(name: ts.Identifier, found: Found): void {
  const { parent } = name
  if ('name' in parent && parent.name === name && !ts.isShorthandPropertyAssignment(parent)) return
  const member = ts.isPropertyAccessExpression(parent) ? parent.name.text : undefined
  const meant = meaningOf(name, member)
  if (meant) found.uses.push({ ...meant, member: meant.member ?? member })
}
