import { MAIL_USER, siteNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Resource } from '../resources/resource.ts'

/** The mail service reads them for each message: a sender of a name that the site has lost is taken no more. */
export const describeMailNames = ({ domain, aliases }: SiteSpec): Resource => ({
  kind: 'file',
  name: siteNames(domain).mailNames,
  state: { owner: 'root', group: MAIL_USER, mode: 0o640, content: `${[domain, ...aliases].join('\n')}\n` },
})

/** Its account and its names; its log goes with its files. */
export function withoutMail(domain: string): Resource[] {
  const { mail, mailNames } = siteNames(domain)
  return [
    { kind: 'file', name: mail, state: null, secret: true },
    { kind: 'file', name: mailNames, state: null },
  ]
}
