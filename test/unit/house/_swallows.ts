import ts from 'typescript'
import { meaningOf } from './_source.ts'

/** Calls that tell of an error, or look at it, and do not pass it on. */
const telling = /^(?:console\.\w+|String|messageOf|isDown|notRestored)$/

/** `if (!(error instanceof PanelError)) throw error` passes on what is none of the catalogue's. */
const passesOthers = /^!\(\w+ instanceof PanelError\)$/

/** Whether errors end in a handler: it does nothing with one but tell of it. */
export function swallows(handler: ts.Node | undefined): boolean {
  if (!handler) return false
  if (ts.isCatchClause(handler)) return drops(handler.variableDeclaration?.name, handler.block)
  if (ts.isArrowFunction(handler) || ts.isFunctionDeclaration(handler))
    return drops(handler.parameters[0]?.name, handler.body!)
  if (ts.isIdentifier(handler)) return swallows(functionOf(handler))
  // A handler that a function makes: `logged('…')`.
  const maker = ts.isCallExpression(handler) && ts.isIdentifier(handler.expression) && functionOf(handler.expression)
  return Boolean(maker) && ts.isArrowFunction(maker as ts.Node) && swallows((maker as ts.ArrowFunction).body)
}

function functionOf(name: ts.Identifier): ts.Node | undefined {
  const node = meaningOf(name)?.node
  return node && ts.isVariableDeclaration(node) ? node.initializer : node
}

function drops(name: ts.BindingName | undefined, body: ts.Node): boolean {
  if (!name) return true
  return ts.isIdentifier(name) && !uses(body, name.text)
}

function uses(node: ts.Node, name: string): boolean {
  if (ts.isTypeNode(node)) return false
  if (ts.isIfStatement(node) && passesOthers.test(node.expression.getText())) return false
  if (ts.isCallExpression(node) && telling.test(node.expression.getText())) return false
  if (ts.isPropertyAccessExpression(node))
    return !/^(?:code|message|status)$/.test(node.name.text) && uses(node.expression, name)
  if (ts.isIdentifier(node)) return node.text === name
  return ts.forEachChild(node, (child) => uses(child, name) || undefined) ?? false
}
