import type { NewSite, Site, SiteChanges } from '../api/client.ts'
import type { SiteFields } from '../components/sites/SiteForm.vue'
import { changedDirectives, directivesText, parseDirectives } from '../utils/directives.ts'
import { isAdmin } from './session.ts'

const php = {
  memoryLimitMb: 128,
  maxChildren: 5,
  maxExecutionSeconds: 60,
  maxInputVars: 1000,
  displayErrors: false,
  timezone: 'UTC',
  ini: '',
  openBasedir: '',
}

const proxy = { host: 'auto', timeoutSeconds: 3600, connectSeconds: 10, buffering: false, bufferUploads: true }

export const newFields = (phpVersion: string): SiteFields => ({
  aliases: '',
  phpVersion,
  proxyTo: '',
  proxy: { ...proxy },
  redirectWww: false,
  isolation: 'own',
  bodyLimitMb: 64,
  diskMb: '',
  files: '',
  owner: '',
  nodeVersion: '24',
  php: { ...php },
})

export const fieldsOf = (site: Site): SiteFields => ({
  aliases: site.aliases.join(' '),
  phpVersion: site.phpVersion ?? '',
  proxyTo: site.proxyTo ?? '',
  proxy: { ...site.proxySettings },
  redirectWww: site.redirectWww,
  isolation: site.isolation,
  bodyLimitMb: site.bodyLimitMb,
  diskMb: site.diskMb ?? '',
  files: site.files ?? '',
  owner: site.owner ?? '',
  nodeVersion: site.nodeVersion ?? '',
  php: {
    ...site.phpSettings,
    ini: directivesText(site.phpSettings.ini),
    openBasedir: site.phpSettings.openBasedir.join('\n'),
  },
})

const phpSettingsOf = ({ php: settings }: SiteFields) => ({
  ...settings,
  ini: parseDirectives(settings.ini),
  openBasedir: settings.openBasedir.split(/\s+/).filter(Boolean),
})

/** Body for the API: only the settings that the runtime has. */
export function toBody(fields: SiteFields, runtime: string): Omit<NewSite, 'domain' | 'runtime'> {
  return {
    aliases: fields.aliases.split(/[\s,]+/).filter(Boolean),
    redirectWww: fields.redirectWww,
    bodyLimitMb: fields.bodyLimitMb,
    ...(isAdmin.value && {
      isolation: fields.isolation,
      owner: fields.owner || null,
      diskMb: fields.diskMb || null,
      files: fields.files || null,
    }),
    ...(runtime === 'php' && { phpSettings: phpSettingsOf(fields) }),
    ...(runtime === 'php' &&
      fields.phpVersion && { phpVersion: fields.phpVersion as NonNullable<NewSite['phpVersion']> }),
    ...(runtime === 'proxy' && { proxyTo: fields.proxyTo, proxySettings: fields.proxy }),
  }
}

type Body = ReturnType<typeof toBody>

/** Finds the fields that differ from the site as it is. Others are not sent: users may not set some of them. */
export function changesOf(fields: SiteFields, site: Site): SiteChanges {
  const [now, before] = [toBody(fields, site.runtime), toBody(fieldsOf(site), site.runtime)]
  const changed = <T extends object>(next: T, last: Partial<T> = {}): Partial<T> =>
    Object.fromEntries(
      Object.entries(next).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(last[key as keyof T])),
    ) as Partial<T>
  const { phpSettings, ...rest } = changed<Body>(now, before)
  if (!phpSettings) return rest
  const { ini, ...others } = changed(phpSettings, before.phpSettings)
  return { ...rest, phpSettings: { ...others, ...(ini && { ini: changedDirectives(ini, before.phpSettings!.ini!) }) } }
}
