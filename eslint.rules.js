import { dirname, join, relative } from 'node:path'

/** Imports that files of each folder may have beside their own; everything else is refused. A type counts as well. */
export const layers = {
  model: [],
  proc: ['model'],
  system: ['model', 'proc'],
  rpc: ['model', 'system'],
  drivers: ['model', 'proc', 'system'],
  agent: ['model', 'proc', 'system', 'rpc', 'drivers'],
  supervisor: ['model', 'proc', 'system', 'rpc', 'drivers'],
  panel: ['model', 'proc', 'rpc'],
  cli: ['model', 'proc'],
  functions: ['model', 'panel'],
  hooks: ['model', 'panel'],
  install: ['model', 'panel', 'functions', 'hooks'],
  // Of functions the types alone: what the API takes and answers.
  admin: ['model', 'functions'],
}

/** The folder of the list above that a file of this repository is in; null: it is in none. */
function layerOf(path) {
  const [first, second] = path.split('/')
  const name = first === 'lib' ? second : first
  return Object.hasOwn(layers, name) ? name : null
}

/** The file that an import names, relative to the repository's root; null when it is a package's. */
const targetOf = (file, source) => (source.startsWith('.') ? join(dirname(file), source) : null)

const importsAllowed = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(context.cwd, context.filename).replaceAll('\\', '/')
    const from = layerOf(file)
    const check = (node, typesOnly) => {
      const target = from && typeof node.source?.value === 'string' ? targetOf(file, node.source.value) : null
      if (target === null || !target.endsWith('.ts')) return
      const to = layerOf(target)
      if (to === from) return
      if (to === null || !layers[from].includes(to)) {
        context.report({
          node,
          message: `${from} may import ${['its own files', ...layers[from]].join(', ')}, and not ${to ?? target}.`,
        })
      } else if (from === 'admin' && to === 'functions' && !typesOnly) {
        context.report({ node, message: `${from} may import types of functions, and nothing that runs.` })
      }
    }
    return {
      ImportDeclaration: (node) =>
        check(node, node.importKind === 'type' || node.specifiers.every(({ importKind }) => importKind === 'type')),
      ExportNamedDeclaration: (node) => check(node, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, false),
      TSImportType: (node) => check({ ...node, source: node.source ?? node.argument?.literal }, true),
    }
  },
}

/** A doc says at once what something does or is: it begins with a verb or a noun. */
const docsBegin = {
  meta: { type: 'suggestion', schema: [] },
  create(context) {
    return {
      Program: () => {
        for (const comment of context.sourceCode.getAllComments()) {
          const word = /^\*\s*(?:\*\s*)?(What|Of|Who|Whose)\b/.exec(comment.value)?.[1]
          if (comment.type !== 'Block' || !word) continue
          context.report({ loc: comment.loc, message: `Begin with a verb or a noun, not with ${word}.` })
        }
      },
    }
  },
}

export const house = { rules: { imports: importsAllowed, docs: docsBegin } }
