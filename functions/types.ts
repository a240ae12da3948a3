import type { GenericSchema, InferInput, InferOutput } from 'valibot'
import type { FunctionDefinition } from '../lib/panel/http/define.ts'
import type { manifest } from './manifest.ts'

type Manifest = typeof manifest

/** `GET /api/sites`: how a function is called. */
export type Operation = keyof Manifest

type Parts<K extends Operation> =
  Manifest[K] extends FunctionDefinition<infer P, infer Q, infer B, infer R, infer _A, infer _J, infer _T>
    ? { params: P; query: Q; body: B; returns: R }
    : never
type In<S> = S extends GenericSchema ? InferInput<S> : undefined
type Out<S> = S extends GenericSchema ? InferOutput<S> : undefined

export type ParamsOf<K extends Operation> = In<Parts<K>['params']>
export type QueryOf<K extends Operation> = In<Parts<K>['query']>
export type BodyOf<K extends Operation> = In<Parts<K>['body']>
export type ReturnOf<K extends Operation> = Out<Parts<K>['returns']>
