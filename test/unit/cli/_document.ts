import { nameCommands } from '../../../lib/cli/commands.ts'
import { operationsOf, type Document, type Operation } from '../../../lib/cli/document.ts'
import { manifest } from '../../../functions/manifest.ts'
import { toOpenApi } from '../../../lib/panel/http/openapi.ts'

/** The panel's own document, as the build writes it. */
export const document = JSON.parse(JSON.stringify(toOpenApi(manifest, '1.2.3'))) as Document

export const commands = nameCommands(operationsOf(document))

export const command = (...words: string[]) => commands.find((one) => one.words.join(' ') === words.join(' '))!

/** An operation that no function has yet. */
export const operation = (method: string, path: string, more: Partial<Operation> = {}): Operation => ({
  method,
  path,
  summary: '',
  scope: null,
  audit: null,
  command: null,
  params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
  query: [],
  body: null,
  answer: null,
  job: false,
  ...more,
})
