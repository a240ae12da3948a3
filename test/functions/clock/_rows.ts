import { DAY } from './_travel.ts'

export const iso = (ms = Date.now()) => new Date(ms).toISOString()

/** A dump that is kept for so many days from now on. */
export const dump = (id: string, reason: 'deleted' | 'export', days: number) => ({
  ...{ id, database: 'shop', reason, compression: 'zstd' as const, bytes: 1, owner: null, site: null },
  ...{ createdAt: iso(), keptUntil: iso(Date.now() + days * DAY) },
})

/** An attempt of now to have a certificate. */
export const attempt = (subject: string, ok: boolean) => ({
  ...{ subject, at: iso(), kind: 'request' as const, names: [subject], asked: true, ok },
  ...{ code: null, message: null },
})

/** An entry of now in the audit log. */
export const auditEntry = (action: string) => ({
  ...{ at: iso(), actor: null, address: '', action, object: null, ok: true, code: null },
  ...{ details: null, before: undefined, after: undefined },
})
