import { dirname } from 'node:path'
import type { Facts, ServerFacts } from '../../drivers/facts.ts'
import { renderSettings } from '../../drivers/mariadb/settings.conf.ts'
import { renderGuard } from '../../drivers/nftables/guard.conf.ts'
import { renderLimits, type Proxies } from '../../drivers/nftables/limits.conf.ts'
import { renderAdminer, renderAdminerHeaders } from '../../drivers/nginx/adminer.conf.ts'
import { banSnippet, renderBans } from '../../drivers/nginx/bans.conf.ts'
import { withConnections } from '../../drivers/nginx/connections.ts'
import { renderErrorAnswers, renderErrors } from '../../drivers/nginx/errors.conf.ts'
import { renderHeaders } from '../../drivers/nginx/headers.conf.ts'
import {
  renderAcmeSnippet,
  renderApiSnippet,
  renderAppSnippet,
  renderDefault,
  renderFilesSnippet,
  renderHttp,
  renderMain,
  renderPanel,
  renderSecret,
  renderSiteSnippet,
} from '../../drivers/nginx/server.conf.ts'
import { renderRanges } from '../../drivers/nginx/trusted-proxies.conf.ts'
import { renderTlsSnippet } from '../../drivers/nginx/tls.conf.ts'
import { renderRedis } from '../../drivers/redis/redis.conf.ts'
import { certificateFiles } from '../../model/certificates/files.ts'
import { SERVER, type Served } from '../../model/certificates/schema.ts'
import { paths } from '../../model/paths.ts'
import type { Ranges } from '../../model/sites/trusted-proxies.ts'
import type { ServerSpec } from '../../model/protocol/desired.ts'
import { namesOf, WEB_USER } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { describeAdminer } from '../adminer/describe-adminer.ts'
import { describeMasters } from '../php/describe-masters.ts'
import type { Resource } from '../resources/resource.ts'

const file = (name: string, content: string, mode = 0o644): Resource => ({
  kind: 'file',
  name,
  state: { owner: 'root', group: 'root', mode, content },
})

const log = (name: string): Resource => ({
  kind: 'log',
  name: `${paths.nginxLogs}/${name}.log`,
  state: { owner: WEB_USER, group: 'adm', mode: 0o640 },
})

const directory = (name: string, mode = 0o755): Resource => ({
  kind: 'directory',
  name,
  state: { owner: 'root', group: 'root', mode },
})

const vhost = (name: string, content: string): Resource[] => [
  file(`${paths.nginx}/sites-available/${name}`, content),
  {
    kind: 'link',
    name: `${paths.nginx}/sites-enabled/${name}`,
    state: { target: `${paths.nginx}/sites-available/${name}` },
  },
]

/** Names of the server itself. A machine may have been named anew after a site, which keeps its visitors. */
function ownNames({ serverName }: Names, { machineName }: ServerFacts, sites: readonly SiteSpec[]): string[] {
  const taken = new Set(sites.flatMap(namesOf))
  return [serverName, machineName].filter((name) => name !== null).filter((name) => !taken.has(name))
}

type Names = Pick<ServerSpec, 'serverName'>

/** Describes the whole server without its sites, in the order in which it is made. Pure. */
export function describeServer(
  { certificate, ...names }: Names & Pick<ServerSpec, 'certificate'>,
  facts: ServerFacts,
  sites: readonly SiteSpec[] = [],
  proxies?: Proxies,
): Resource[] {
  return [
    // Sites' users may enter these but not list them: the names of other sites are private.
    directory(paths.websites, 0o711),
    ...['sites-available', 'sites-enabled'].map((name) => directory(`${paths.nginx}/${name}`, 0o711)),
    { kind: 'directory', name: paths.nginxLogs, state: { owner: 'root', group: 'adm', mode: 0o751 } },
    directory(paths.trash, 0o700),
    directory(paths.nginxAdditions, 0o700),
    { kind: 'directory', name: paths.nginxPasswords, state: { owner: 'root', group: WEB_USER, mode: 0o710 } },
    directory(paths.phpEnvironment, 0o700),
    directory(paths.phpSockets, 0o711),
    // Each app's environment is readable by its site's group. nginx is in sites' groups, so it may not enter.
    { kind: 'directory', name: paths.apps, state: { owner: 'root', group: WEB_USER, mode: 0o701 } },
    file(paths.appGuard, renderGuard(facts), 0o600),
    describeLimits(facts, proxies),
    { kind: 'directory', name: paths.appLogs, state: { owner: 'root', group: 'hosting-panel', mode: 0o750 } },
    directory(paths.redis, 0o700),
    directory(dirname(paths.pageCaches)),
    directory(paths.pageCaches, 0o711),
    ...describeRedis(facts),
    directory(paths.certificates, 0o700),
    {
      kind: 'directory',
      name: paths.dnsCredentials,
      state: { owner: 'root', group: 'hosting-panel-certbot', mode: 0o750 },
    },
    ...serverTls(certificate, facts),
    ...describeMasters(facts),
    ...describeAdminer(facts),
    ...(facts.mariadb ? [file(paths.mariadbSettings, renderSettings(facts.memoryMb))] : []),
    file(`${paths.nginx}/modules-enabled/90-hosting-panel.conf`, renderMain(facts)),
    ...(facts.nginxMain === null
      ? []
      : [file(`${paths.nginx}/nginx.conf`, withConnections(facts.nginxMain, facts.memoryMb))]),
    ...describeNginx(facts),
    ...['hosting-panel.access', 'hosting-panel.error', 'hosting-panel-tool.access', 'hosting-panel-guard'].map(log),
    ...vhost('000-hosting-panel-default.conf', renderDefault(ownNames(names, facts, sites), facts)),
    ...vhost('hosting-panel.conf', renderPanel(certificate, facts)),
    ...vhost('hosting-panel-tool.conf', renderAdminer(certificate, facts)),
    // The distribution's welcome page also claims to be the default server; nginx takes only one.
    { kind: 'link', name: `${paths.nginx}/sites-enabled/default`, state: null },
  ]
}

/** Describes nginx's part for all sites: settings and snippets. */
const describeNginx = (facts: ServerFacts): Resource[] => [
  file(`${paths.nginx}/conf.d/hosting-panel.conf`, renderHttp(facts)),
  file(`${paths.nginx}/snippets/hosting-panel-tls.conf`, renderTlsSnippet(facts)),
  file(`${paths.nginx}/snippets/hosting-panel-acme.conf`, renderAcmeSnippet()),
  file(`${paths.nginx}/snippets/hosting-panel-site.conf`, renderSiteSnippet()),
  ...(['sites', 'panel'] as const).map((one) => file(`${paths.nginx}/${banSnippet[one]}`, renderBans(one))),
  file(`${paths.nginx}/snippets/hosting-panel-files.conf`, renderFilesSnippet()),
  file(`${paths.nginx}/snippets/hosting-panel-api.conf`, renderApiSnippet()),
  file(`${paths.nginx}/snippets/hosting-panel-errors.conf`, renderErrors()),
  file(`${paths.nginx}/snippets/hosting-panel-error-answers.conf`, renderErrorAnswers()),
  file(`${paths.nginx}/snippets/hosting-panel-headers.conf`, renderHeaders()),
  file(`${paths.nginx}/snippets/hosting-panel-tool.conf`, renderAdminerHeaders()),
  file(`${paths.nginx}/snippets/hosting-panel-app.conf`, renderAppSnippet()),
  { ...file(`${paths.nginx}/snippets/hosting-panel-secret.conf`, renderSecret(facts), 0o600), secret: true },
]

/** Describes how many connections an address may hold: one of a trusted proxy any number. */
export const describeLimits = (facts: ServerFacts, proxies?: Proxies): Resource =>
  file(paths.connectionLimits, renderLimits(facts, proxies), 0o600)

/** Includes of sites that trust the proxies of a provider. */
export const describeProxies = (ranges: Ranges): Resource[] =>
  renderRanges(ranges).map(({ name, content }) => file(name, content))

const describeRedis = (facts: Facts): Resource[] =>
  facts.redis
    ? [
        {
          kind: 'file',
          name: paths.redisSettings,
          state: { owner: 'root', group: 'redis', mode: 0o640, content: renderRedis(facts.redis, facts) },
        },
      ]
    : []

/** Other programs (FTP) find the server's certificate under a name that stays. */
function serverTls(certificate: Served | null, { brokenCertificates }: Facts): Resource[] {
  const whole = certificate && !brokenCertificates.includes(certificate.id)
  const files = whole
    ? certificateFiles(SERVER, certificate.id)
    : { certificate: paths.panelCertificate, key: paths.panelKey }
  return [
    { kind: 'link', name: `${paths.serverTls}.crt`, state: { target: files.certificate } },
    { kind: 'link', name: `${paths.serverTls}.key`, state: { target: files.key } },
  ]
}
