import type { Identity } from '../../model/auth/identity.ts'
import type { Mail, MailChanges } from '../../model/mail/schema.ts'
import { isWildcard } from '../../model/wildcard.ts'
import { namesOf } from '../../model/sites/names.ts'
import type { Context } from '../http/context.ts'
import { getSpec } from '../sites/read.ts'

/** Shows the server's mail settings. */
export const showMail = (ctx: Context): Promise<Mail> => ctx.agent.call('mail.show', { domain: null })

export const changeMail = (ctx: Context, changes: MailChanges): Promise<Mail> =>
  ctx.agent.call('mail.keep', { domain: null, changes, domains: null })

/** Shows a site's mail settings and its log. */
export function showSiteMail(ctx: Context, site: string): Promise<Mail> {
  return ctx.agent.call('mail.show', { domain: getSpec(ctx, site).domain })
}

/** Changes a site's. Through the server's account, users send only from names of their site. */
export function changeSiteMail(ctx: Context, domain: string, changes: MailChanges, by: Identity): Promise<Mail> {
  const names = namesOf(getSpec(ctx, domain)).filter((name) => !isWildcard(name))
  return ctx.agent.call('mail.keep', { domain, changes, domains: by.role === 'admin' && !by.site ? null : names })
}

/** The settings alone, as the audit log keeps them: without a password and without messages. */
export const mailSettings = ({ account, sender, perHour }: Mail) => ({ account, sender, perHour })
