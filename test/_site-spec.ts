import * as v from 'valibot'
import { noCaches } from '../lib/model/caches/schema.ts'
import { phpSettings as settingsOfPhp, type PhpSettings, type SiteSpec } from '../lib/model/sites/schema.ts'
import { webDefaults } from '../lib/model/sites/web-settings.ts'

type Changes = Partial<Omit<SiteSpec, 'phpSettings'>> & { phpSettings?: Partial<PhpSettings> }

/** A static site without https, as the panel makes one, but for the changes. PHP's settings are merged key by key. */
export const siteSpec = ({ phpSettings = {}, ...changes }: Changes = {}): SiteSpec => ({
  domain: 'example.test',
  runtime: 'static',
  aliases: [],
  phpVersion: null,
  proxyTo: null,
  proxyHere: false,
  isolation: 'own',
  phpSettings: { ...v.parse(settingsOfPhp, {}), ...phpSettings },
  redirectWww: false,
  bodyLimitMb: 64,
  enabled: true,
  httpsRedirect: true,
  hsts: false,
  hstsBefore: false,
  certificate: null,
  app: null,
  cache: noCaches,
  directives: '',
  diskMb: null,
  files: null,
  storage: 'ok',
  redirects: [],
  basicAuth: [],
  ...webDefaults,
  ...changes,
})
