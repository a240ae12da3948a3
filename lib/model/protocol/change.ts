import * as v from 'valibot'

/** One change to the machine, as `?plan=true`, drift and the admin show it. */
export const change = v.strictObject({
  action: v.picklist(['create', 'update', 'delete']),
  kind: v.picklist([
    'account',
    'directory',
    'file',
    'link',
    'log',
    'unit',
    'tree',
    'move',
    'username',
    'keys',
    'firewall',
    'database',
    'login',
    'redis',
    'setting',
  ]),
  /** The path, user, unit or setting that changes. */
  name: v.string(),
  /** The change in words: "stop", "move to the trash", "root:root 0644 -> www-data:www-data 0644". */
  summary: v.string(),
  /** Unified diff, for files. */
  diff: v.optional(v.string()),
})
export type Change = v.InferOutput<typeof change>

/** Inputs and answers that many operations have in common. */
export const nothing = v.strictObject({})
export const changes = v.strictObject({ changes: v.array(change) })
