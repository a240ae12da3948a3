import * as v from 'valibot'

/** A line of progress while an operation runs; `percent` is 0 to 100 over the whole operation. */
export const progress = v.strictObject({
  step: v.string(),
  percent: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  /** A line of the tool's own output, when there is one. */
  output: v.optional(v.string()),
  /** The step before has failed, and this one rolls back what it did. */
  rollback: v.optional(v.boolean()),
})
export type Progress = v.InferOutput<typeof progress>

/** A refusal or failure: a stable code and a sentence a person can act on. */
export const failure = v.strictObject({
  code: v.string(),
  message: v.string(),
  status: v.number(),
  details: v.optional(v.record(v.string(), v.unknown())),
})
export type Failure = v.InferOutput<typeof failure>

/**
 * A root process answers POST /<operation> with newline-delimited JSON on its unix socket:
 * any number of progress lines, then exactly one result or error line.
 */
export const line = v.union([
  v.strictObject({ progress }),
  v.strictObject({ result: v.unknown() }),
  v.strictObject({ error: failure }),
])
export type Line = v.InferOutput<typeof line>
