import * as v from 'valibot'
import type { Identity } from '../../model/auth/identity.ts'
import {
  credentialProblems,
  dnsProvider,
  providers,
  type Credentials,
  type DnsProvider,
} from '../../model/certificates/dns-providers.ts'
import { PanelError } from '../../model/errors.ts'
import type { Progress } from '../../model/protocol/messages.ts'
import type { Context } from '../http/context.ts'

/** Answer of GET /api/dns-providers. Credentials are never shown again. */
export const dnsProviders = v.strictObject({
  providers: v.array(
    v.strictObject({
      provider: dnsProvider,
      title: v.string(),
      fields: v.array(
        v.strictObject({ name: v.string(), label: v.string(), secret: v.boolean(), optional: v.boolean() }),
      ),
      /** Whether there are credentials, of one's own or (for administrators) of the administrators. */
      configured: v.boolean(),
    }),
  ),
})
export type DnsProviders = v.InferOutput<typeof dnsProviders>

/** Administrators share theirs; a user's are the user's, for the user's sites. */
export const accountOf = ({ role, username }: Pick<Identity, 'role' | 'username'>): string =>
  role === 'admin' ? '@admin' : username

export async function listDnsProviders(ctx: Context, identity: Identity): Promise<DnsProviders> {
  const { configured } = await ctx.agent.call('dns.list', { account: accountOf(identity) })
  return {
    providers: dnsProvider.options.map((provider) => ({
      provider,
      title: providers[provider].title,
      configured: configured.includes(provider),
      fields: providers[provider].fields.map(({ name, label, secret = false, optional = false }) => ({
        name,
        label,
        secret,
        optional,
      })),
    })),
  }
}

/** Throws `invalid_input` with the fields that are wrong. */
export function refuseBadCredentials(provider: DnsProvider, credentials: Credentials): void {
  const issues = credentialProblems(provider, credentials).map(({ path, message }) => ({
    path: `credentials.${path}`,
    message,
  }))
  if (issues[0]) throw new PanelError('invalid_input', 422, `${issues[0].path}: ${issues[0].message}`, { issues })
}

export async function keepDnsCredentials(
  ctx: Context,
  identity: Identity,
  provider: DnsProvider,
  credentials: Credentials,
  onProgress: (progress: Progress) => void,
): Promise<DnsProviders> {
  refuseBadCredentials(provider, credentials)
  await ctx.kv.set(`dns:${accountOf(identity)}`, true, null)
  await ctx.agent.call('dns.keep', { account: accountOf(identity), provider, credentials }, onProgress)
  return listDnsProviders(ctx, identity)
}

export async function deleteDnsCredentials(
  ctx: Context,
  identity: Identity,
  provider: DnsProvider,
): Promise<DnsProviders> {
  await ctx.agent.call('dns.delete', { account: accountOf(identity), provider })
  return listDnsProviders(ctx, identity)
}

/** With a person go their credentials: somebody of the same name must not find them. */
export async function deleteDnsAccount(ctx: Context, username: string): Promise<void> {
  if (!(await ctx.kv.get(`dns:${username}`, Date.now()))) return
  await ctx.agent.call('dns.delete', { account: username, provider: null })
  await ctx.kv.remove(`dns:${username}`)
}
