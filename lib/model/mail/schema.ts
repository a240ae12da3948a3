import * as v from 'valibot'
import { forAdministrators } from '../auth/set-by.ts'
import { readCertificates } from '../certificates/pem.ts'
import { isLocal } from '../local-hosts.ts'

const line = (most: number) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(most),
    v.regex(/^[^\p{Cc}]*$/u, 'Write one line without control characters'),
  )

const host = v.pipe(
  v.string(),
  v.maxLength(253),
  v.toLowerCase(),
  v.regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]+)$/,
    'Write a name such as smtp.example.com, or an address',
  ),
)

/** Ports on which mail servers usually accept messages. */
const usualPorts = [25, 465, 587, 2525]

function isCertificate(text: string): boolean {
  try {
    return readCertificates(text).length > 0
  } catch {
    return false
  }
}

const ca = v.pipe(
  v.string(),
  v.maxLength(64 * 1024),
  v.check(isCertificate, 'Paste the authority’s certificate as PEM'),
)

/** Address of a sender or a recipient. */
export const mailAddress = v.pipe(
  v.string(),
  v.maxLength(254),
  v.regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    'Write an address such as shop@example.com',
  ),
)

const server = {
  host: forAdministrators(host, { othersMay: { words: 'other servers', accepts: (name) => !isLocal(String(name)) } }),
  port: forAdministrators(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), {
    othersMay: usualPorts,
  }),
  /** `tls` from the start (465), `starttls` (587), or `none`, which allows no password. */
  security: v.picklist(['tls', 'starttls', 'none']),
  /** null: the server needs no sign-in. */
  username: v.nullable(line(255)),
}

/** Mail server of a site or of all. Without a password, the current one is kept if the rest of the sign-in stays. */
export const mailAccount = v.pipe(
  v.strictObject({
    ...server,
    password: v.optional(line(1024)),
    /** Certificate of a private authority, as PEM. */
    ca: v.optional(v.nullable(ca), null),
  }),
  v.forward(
    v.check(
      ({ security, username }) => security !== 'none' || username === null,
      'Passwords are never sent unencrypted: choose tls or starttls',
    ),
    ['security'],
  ),
)
export type MailAccount = v.InferOutput<typeof mailAccount>

const perHour = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))

/** Input of PATCH for one site. `null` removes a setting: the server's applies then. */
export const mailChanges = v.strictObject({
  account: v.optional(v.nullable(mailAccount)),
  /** Sender of messages whose own sender is not allowed. */
  sender: v.optional(v.nullable(mailAddress)),
  /** Most recipients in an hour. */
  perHour: v.optional(forAdministrators(v.nullable(perHour))),
})
export type MailChanges = v.InferOutput<typeof mailChanges>

/** Settings as they are kept, in a file that only the mail service may read. */
export const mailFile = v.object({
  account: v.nullable(
    v.object({
      ...v.object({ host, port: v.number(), security: server.security }).entries,
      username: server.username,
      password: v.nullable(v.string()),
      ca: v.nullable(v.string()),
    }),
  ),
  sender: v.nullable(v.string()),
  perHour: v.nullable(v.number()),
  /** Whether the sender may be of a name that is not the site's: an administrator chose it. */
  anySender: v.optional(v.boolean(), false),
})
export type MailFile = v.InferOutput<typeof mailFile>
export const noMail: MailFile = { account: null, sender: null, perHour: null, anySender: false }

/** A message in the log. */
export const mailEntry = v.strictObject({
  at: v.string(),
  from: v.string(),
  to: v.array(v.string()),
  bytes: v.number(),
  result: v.picklist(['sent', 'refused']),
  /** Why it was refused, or a note. */
  message: v.nullable(v.string()),
})

/** Mail of a site or of the server, as the API answers it. No password is ever answered. */
export const mail = v.strictObject({
  account: v.nullable(v.strictObject({ ...server, host: v.string(), port: v.number(), ca: v.nullable(v.string()) })),
  sender: v.nullable(v.string()),
  /** Most recipients in an hour: its own limit, or the usual one. */
  perHour: v.number(),
  /** Recipients in the last hour. */
  lastHour: v.number(),
  /** Mail server in use: the site's own, the default one, or none: then `mail()` fails. */
  through: v.picklist(['own', 'server', 'none']),
  /** The newest messages, newest first. */
  log: v.array(mailEntry),
})
export type Mail = v.InferOutput<typeof mail>

export const USUAL_PER_HOUR = 200
