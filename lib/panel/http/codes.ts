import type { GenericSchema } from 'valibot'
import type { ErrorCode } from '../../model/error-codes.ts'
import { operations as ofAgent } from '../../model/protocol/agent.ts'
import type { Protocol } from '../../model/protocol/define.ts'
import { operations as ofSupervisor } from '../../model/protocol/supervisor.ts'
import { refusalOf } from '../auth/ownership.ts'
import type { AnyFunction, Thrown } from './define.ts'
import { fieldsOf } from './fields.ts'

/** Any call may be refused with these: its form, its sender, its limits, and what nobody expects. */
const always: readonly ErrorCode[] = [
  'bad_request',
  'disk_full',
  'internal_error',
  'invalid_input',
  'not_proven',
  'token_invalid',
  'too_many_requests',
]

/** A process that is asked may not be there, end, be late, be of another version, or fail. */
const ofCallee = (name: 'agent' | 'supervisor'): readonly ErrorCode[] => [
  `${name}_lost`,
  `${name}_silent`,
  `${name}_unreachable`,
  'agent_failed',
  'invalid_request',
  'request_too_large',
  'too_late',
  'unknown_operation',
]

const when = <T>(condition: unknown, ...some: readonly T[]): readonly T[] => (condition ? some : [])

/** Errors of every call of a function's kind: they follow from the rest of its declaration. */
export function impliedOf(definition: AnyFunction): readonly Thrown[] {
  const { access, audit, body, job, query, scope, stream, accepts } = definition
  const isSet = [query, body].some((schema) =>
    fieldsOf(schema as GenericSchema | undefined).some(({ declared }) => declared),
  )
  return [
    ...always,
    ...when(access !== 'public', 'not_signed_in', ...when(scope, 'not_allowed'), ...notFound(definition)),
    ...when(access === 'user', 'session_needed'),
    ...when(audit, 'foreign_origin'),
    ...when(body, 'body_too_large', 'invalid_json', 'unsupported_media_type'),
    ...when(isSet, 'field_not_allowed'),
    // An upload has to fit into what its owner may have, which is measured.
    ...when(accepts, 'databases.usage', 'limit_reached', 'sites.usage', 'unsupported_media_type', 'upload_cut_off'),
    ...when(stream, 'too_many_streams'),
    // Jobs take their turn once they have begun.
    ...when(!job, 'cancelled', 'too_many_at_once'),
  ] as readonly Thrown[]
}

/** Errors that any job may end with; what its path names may go meanwhile. */
export const impliedOfJob = (definition: AnyFunction): readonly Thrown[] =>
  when(definition.job, 'disk_full', 'internal_error', 'too_many_at_once', ...notFound(definition))

/** Refusals of what the path names, which somebody else may have. */
const notFound = ({ params }: AnyFunction): readonly ErrorCode[] =>
  fieldsOf(params as GenericSchema | undefined).flatMap(({ path }) => refusalOf(path[0]!) ?? [])

const isOfAgent = (thrown: string): thrown is keyof typeof ofAgent => Object.hasOwn(ofAgent, thrown)

function codesOf(thrown: Thrown): readonly ErrorCode[] {
  if (isOfAgent(thrown)) return [...ofCallee('agent'), ...throwsOf(ofAgent, thrown)]
  if (!thrown.startsWith('supervisor.')) return [thrown as ErrorCode]
  return [...ofCallee('supervisor'), ...throwsOf(ofSupervisor, thrown.slice('supervisor.'.length))]
}

const throwsOf = (protocol: Protocol, operation: string): readonly ErrorCode[] => protocol[operation]?.throws ?? []

/** The codes that some errors are told with, sorted. */
export const expand = (thrown: readonly Thrown[]): ErrorCode[] => [...new Set(thrown.flatMap(codesOf))].sort()

/** Codes that a call of a function may be refused with. */
export const refusalsOf = (definition: AnyFunction): ErrorCode[] =>
  expand([...impliedOf(definition), ...(definition.throws ?? [])])

/** Codes that the job of a function may end with. */
export const failuresOf = (definition: AnyFunction): ErrorCode[] =>
  expand([...impliedOfJob(definition), ...(definition.fails ?? [])])
