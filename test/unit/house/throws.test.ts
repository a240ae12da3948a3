import { expect, it } from 'vitest'
import { manifest } from '../../../functions/manifest.ts'
import { errorCodes } from '../../../lib/model/error-codes.ts'
import { operations as ofAgent } from '../../../lib/model/protocol/agent.ts'
import type { Protocol } from '../../../lib/model/protocol/define.ts'
import { operations as ofSupervisor } from '../../../lib/model/protocol/supervisor.ts'
import { expand, failuresOf, impliedOf, impliedOfJob, refusalsOf } from '../../../lib/panel/http/codes.ts'
import type { AnyFunction, Thrown } from '../../../lib/panel/http/define.ts'
import { scan } from '../../../lib/panel/http/scan.ts'
import { nameOf } from './_calls.ts'
import { closedFor, closedUnits } from './_closed.ts'
import { implementations, partsOf, reach, type Reached } from './_reach.ts'
import { named, root, sourceOf } from './_source.ts'

const functions: Record<string, AnyFunction> = manifest
const entries = scan(`${root}/functions`).map(({ file, route }) => {
  const name = `${route.method.toUpperCase()} ${route.path}`
  return { name, file: `functions/${file}`, definition: functions[name]! }
})
const protocols: Protocol = {
  ...ofAgent,
  ...Object.fromEntries(Object.entries(ofSupervisor).map(([name, operation]) => [`supervisor.${name}`, operation])),
}

/** Parts of a declaration that run before the answer; `run` as well where it is no job. */
const ofCall = ['ownerOf', 'plan', 'precheck', 'target']

/** Lists what is declared and nothing throws, and what is thrown and not declared, with the way there. */
function differences(declared: readonly string[], found: readonly string[], { codes }: Reached): string[] {
  return [
    ...declared.filter((thrown) => !found.includes(thrown)).map((thrown) => `declares ${thrown}, which nothing throws`),
    ...found
      .filter((thrown) => !declared.includes(thrown))
      .map((thrown) => `does not declare ${thrown}: ${codes.get(thrown)?.join(' > ') ?? 'asked'}`),
  ]
}

/** Codes that a function throws by itself, and the operations it asks, without those that all of its kind have. */
function own({ codes, asks }: Reached, implied: readonly Thrown[]): string[] {
  const callees = [...asks].map((name) => (name.startsWith('supervisor.') ? 'supervisor.list' : 'health'))
  const known: readonly string[] = expand([...implied, ...(callees as Thrown[])])
  return [...[...codes.keys()].filter((code) => !known.includes(code)), ...asks].filter(
    (thrown) => !(implied as readonly string[]).includes(thrown),
  )
}

it.each(entries)('$name declares the errors of its calls and its job', ({ file, definition }) => {
  const call = reach(partsOf(file, definition.job ? ofCall : [...ofCall, 'run']), closedFor(file))
  const job = reach(definition.job ? partsOf(file, ['run']) : [], closedFor(`${file} fails`))
  expect(differences(definition.throws ?? [], own(call, impliedOf(definition)), call)).toEqual([])
  expect(differences(definition.fails ?? [], own(job, impliedOfJob(definition)), job)).toEqual([])
})

const implemented = implementations()

it.each(Object.entries(protocols))('the operation %s declares the errors that it throws', (name, { throws = [] }) => {
  const reached = reach([implemented.get(name)!], closedFor(name))
  const callee: readonly string[] = expand(['health'])
  const found = [...reached.codes.keys()].filter((code) => !callee.includes(code))
  expect(differences(throws, found, reached)).toEqual([])
})

/** Codes of requests that reach no function. */
const beforeFunctions = [
  'address_too_long',
  'certificate_refused',
  'headers_too_large',
  'https_needed',
  'method_not_allowed',
  'not_found',
  'not_implemented',
  'request_timeout',
  'too_large',
  'version_refused',
]

/** Codes of a stream that has begun, of Adminer, of a waking app, of a renewal's own job and of the command line. */
const elsewhere = [
  'app_stopped',
  'link_used',
  'renewal_failed',
  'several_administrators',
  'stream_unread',
  'tool_closed',
]

it('what guards every function throws what is said to follow from its kind', () => {
  const guards = [
    named('lib/panel/http/handle.ts', 'handler'),
    named('lib/panel/app.ts', 'createApp'),
    named('lib/panel/auth/address.ts', 'addressReader'),
    named('lib/rpc/server.ts', 'createRpcServer'),
  ]
  const others = [...beforeFunctions, ...elsewhere]
  const thrown = [...reach(guards, closedFor('guards')).codes.keys()].filter((code) => !others.includes(code))
  const implied = expand(Object.values(functions).flatMap((each) => [...impliedOf(each), ...impliedOfJob(each)]))
  const ofClient = implied.filter((code) => /^agent_(?:lost|silent|unreachable)$/.test(code))
  const ofUploads = protocols['sites.usage']!.throws!
  expect(thrown.sort()).toEqual(implied.filter((code) => ![...ofClient, ...ofUploads].includes(code)))
})

it('every code of the catalogue is some function’s, or answered where there is none', () => {
  const declared = Object.values(functions).flatMap((each) => [...refusalsOf(each), ...failuresOf(each)])
  const known: readonly string[] = [...declared, ...beforeFunctions, ...elsewhere]
  expect(Object.keys(errorCodes).filter((code) => !known.includes(code))).toEqual([])
})

it('ways that are said to be closed are there', () => {
  for (const unit of closedUnits) {
    const [file, name] = unit.split('#') as [string, string]
    expect(sourceOf(file).text, unit).toMatch(new RegExp(`\\b${name}\\b`))
  }
})

it('a code that is thrown far away is found, with the way there (control)', () => {
  const found = reach([named('lib/panel/sites/update.ts', 'updateSite')], () => false).codes
  expect(found.get('site_busy')?.at(-1)).toBe(nameOf(named('lib/panel/store/sites.ts', 'claim')))
})
