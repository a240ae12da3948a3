import { basename, dirname } from 'node:path'
import * as v from 'valibot'
import { readAccount } from '../../drivers/accounts/index.ts'
import { hasSystemd } from '../../drivers/systemd/index.ts'
import { invalidInput, PanelError } from '../../model/errors.ts'
import {
  type Mail,
  type MailAccount,
  type MailChanges,
  mailEntry,
  type MailFile,
  mailFile,
  noMail,
  USUAL_PER_HOUR,
} from '../../model/mail/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Parsed } from '../../model/protocol/agent.ts'
import { MAIL_USER, siteNames } from '../../model/sites/names.ts'
import { readText, writeAtomically } from '../../system/files.ts'
import { passwd } from '../../system/passwd.ts'
import { readInside } from '../../system/tree.ts'

const SERVER = `${paths.mail}/server.json`
const HOUR_S = 3600
const SHOWN = 100

const fileOf = (domain: string | null): string => (domain === null ? SERVER : siteNames(domain).mail)

async function read(file: string): Promise<MailFile> {
  const text = await readText(file)
  return text === null ? noMail : v.parse(mailFile, JSON.parse(text))
}

/** Shows how mail of a site, or of all without one of their own, leaves; never a password. */
export async function showMail(domain: string | null): Promise<Mail> {
  const [own, server] = [await read(fileOf(domain)), await read(SERVER)]
  return {
    account: own.account && withoutPassword(own.account),
    sender: own.sender,
    perHour: own.perHour ?? server.perHour ?? USUAL_PER_HOUR,
    lastHour: domain === null ? 0 : await sentInLastHour(domain),
    through: own.account ? (domain === null ? 'server' : 'own') : server.account ? 'server' : 'none',
    log: domain === null ? [] : await newest(domain),
  }
}

const withoutPassword = ({ password: _, ...account }: NonNullable<MailFile['account']>): Mail['account'] => account

/** The mail service writes these files, so root follows no link there. */
const written = (domain: string, name: string): Promise<string | null> =>
  readInside(dirname(paths.mailState), [...toState(domain), name], passwd.uid(MAIL_USER)).catch(() => null)

const toState = (domain: string): string[] => [basename(paths.mailState), siteNames(domain).user]

const counts = v.array(v.tuple([v.number(), v.number()]))

async function sentInLastHour(domain: string): Promise<number> {
  const text = await written(domain, 'sent')
  const { output, success } = v.safeParse(v.pipe(v.string(), v.parseJson(), counts), text ?? '[]')
  const now = Date.now() / 1000
  return success
    ? output.filter(([at]) => at > now - HOUR_S && at <= now).reduce((sum, [, count]) => sum + count, 0)
    : 0
}

const entryLine = v.pipe(v.string(), v.parseJson(), mailEntry)

async function newest(domain: string): Promise<Mail['log']> {
  const lines = ((await written(domain, 'log')) ?? '').split('\n').slice(-SHOWN - 1)
  return lines.flatMap((line) => (v.is(entryLine, line) ? [v.parse(entryLine, line)] : [])).reverse()
}

/**
 * Keeps new settings. Throws `invalid_input` for a sender of others' and for a password that is missing,
 * `site_not_found` and `mail_service_missing`.
 */
export async function keepMail({ domain, changes, domains }: Parsed<'mail.keep'>): Promise<Mail> {
  if (domain !== null) refuseLate(domain)
  if (!hasSystemd())
    throw new PanelError(
      'mail_service_missing',
      503,
      'This server has no mail service: it needs systemd. Let the programs of sites send by SMTP themselves',
    )
  const before = await read(fileOf(domain))
  const after = merge(before, changes, domains === null)
  if (changes.sender !== undefined || changes.account !== undefined) refuseSender(after, domains)
  const group = passwd.gid(MAIL_USER)
  await writeAtomically(fileOf(domain), `${JSON.stringify(after)}\n`, { uid: 0, gid: group, mode: 0o640 })
  return showMail(domain)
}

/** A change that waited while its site was deleted would leave its account to a later site of this name. */
function refuseLate(domain: string): void {
  if (readAccount(siteNames(domain).user)) return
  throw new PanelError('site_not_found', 404, `There is no site ${domain} on this server`)
}

/** Administrators choose any sender. Pure. */
export function merge(before: MailFile, { account, ...changes }: MailChanges, byAdministrator: boolean): MailFile {
  return {
    ...before,
    ...changes,
    anySender: changes.sender === undefined ? before.anySender : byAdministrator,
    account: account === undefined ? before.account : account && withPassword(account, before.account),
  }
}

/** The password that is kept goes only to the server and the user that it was given for. */
function withPassword({ password, ...account }: MailAccount, before: MailFile['account']): MailFile['account'] {
  if (account.username === null) return { ...account, password: null }
  const same = (['host', 'port', 'security', 'username'] as const).every((key) => before?.[key] === account[key])
  const kept = password ?? (same ? before?.password : null) ?? null
  if (kept === null) throw invalidInput('account.password', 'This account needs its password')
  return { ...account, password: kept }
}

function refuseSender({ account, sender }: MailFile, domains: readonly string[] | null): void {
  const domain = sender?.split('@')[1]?.toLowerCase()
  if (domain === undefined || domains === null || account) return
  if (domains.some((own) => domain === own || domain.endsWith(`.${own}`))) return
  throw invalidInput('sender', `Through the server’s account mail comes from a name of the site: ${domains.join(', ')}`)
}
