import { installPackages } from '../../drivers/apt/index.ts'
import { dnsProof, deleteCredentials, keepCredentials } from '../../drivers/certbot/index.ts'
import { dnsProvider, providers } from '../../model/certificates/dns-providers.ts'
import type { Output, Parsed } from '../../model/protocol/agent.ts'
import type { Progress } from '../../model/protocol/messages.ts'

/** The providers an account has credentials for. */
export async function describeDns({ account }: Parsed<'dns.list'>): Promise<Output<'dns.list'>> {
  const configured = await Promise.all(
    dnsProvider.options.map(async (name) => ((await dnsProof(account, name)) ? [name] : [])),
  )
  return { configured: configured.flat() }
}

/** Installs a provider's plugin when it is missing, and keeps the credentials. Throws `package_unavailable`. */
export async function keepDns(
  { account, provider, credentials }: Parsed<'dns.keep'>,
  onProgress: (progress: Progress) => void,
): Promise<Record<string, never>> {
  const step = `Installing certbot’s plugin for ${providers[provider].title}`
  onProgress({ step, percent: 10 })
  await installPackages([providers[provider].package], (output) => onProgress({ step, percent: 40, output }))
  onProgress({ step: 'Saving the credentials', percent: 95 })
  await keepCredentials(account, provider, credentials)
  return {}
}

export async function deleteDns({ account, provider }: Parsed<'dns.delete'>): Promise<Record<string, never>> {
  await deleteCredentials(account, provider)
  return {}
}
