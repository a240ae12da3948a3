import * as v from 'valibot'

/** Major versions of Node that an app can have. */
export const nodeVersion = v.picklist(['20', '22', '24', '26'])
export type NodeVersion = v.InferOutput<typeof nodeVersion>
