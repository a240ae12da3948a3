import type { Facts } from '../drivers/facts.ts'
import { renderGuard } from '../drivers/guard/guard.conf.ts'
import {
  renderAppSnippet, renderDefault, renderFilesSnippet, renderHeaders, renderHttp, renderMain, renderPanel, renderSecret, renderSiteSnippet,
} from '../drivers/nginx/server.conf.ts'
import { paths } from '../paths.ts'
import type { Resource } from './resource.ts'

const file = (name: string, content: string, mode = 0o644): Resource => ({
  kind: 'file', name, state: { owner: 'root', group: 'root', mode, content },
})

const directory = (name: string, mode = 0o755): Resource => ({
  kind: 'directory', name, state: { owner: 'root', group: 'root', mode },
})

const vhost = (name: string, content: string): Resource[] => [
  file(`${paths.nginx}/sites-available/${name}`, content),
  { kind: 'link', name: `${paths.nginx}/sites-enabled/${name}`, state: { target: `${paths.nginx}/sites-available/${name}` } },
]

/** What the whole server has besides its sites, in the order in which it is made. Pure. */
export function describeServer(facts: Facts): Resource[] {
  return [
    directory(paths.websites),
    directory(paths.trash, 0o700),
    directory(paths.nginxAdditions),
    directory(paths.phpEnvironment),
    directory(paths.apps, 0o751),
    file(paths.appGuard, renderGuard(), 0o600),
    { kind: 'directory', name: paths.appLogs, state: { owner: 'root', group: 'hosting-panel', mode: 0o750 } },
    ...(facts.systemd ? phpMasters(facts) : [directory(paths.phpSockets)]),
    file(`${paths.nginx}/modules-enabled/90-hosting-panel.conf`, renderMain()),
    file(`${paths.nginx}/conf.d/hosting-panel.conf`, renderHttp()),
    file(`${paths.nginx}/snippets/hosting-panel-site.conf`, renderSiteSnippet()),
    file(`${paths.nginx}/snippets/hosting-panel-files.conf`, renderFilesSnippet()),
    file(`${paths.nginx}/snippets/hosting-panel-headers.conf`, renderHeaders()),
    file(`${paths.nginx}/snippets/hosting-panel-app.conf`, renderAppSnippet()),
    { ...file(`${paths.nginx}/snippets/hosting-panel-secret.conf`, renderSecret(facts), 0o600), secret: true },
    ...['access', 'error'].map((name): Resource => ({
      kind: 'log', name: `${paths.nginxLogs}/hosting-panel.${name}.log`, state: { owner: 'www-data', group: 'adm', mode: 0o640 },
    })),
    ...vhost('000-hosting-panel-default.conf', renderDefault(facts)),
    ...vhost('hosting-panel.conf', renderPanel(facts)),
    // The distribution's welcome page also claims to be the default server; nginx takes only one.
    { kind: 'link', name: `${paths.nginx}/sites-enabled/default`, state: null },
  ]
}

/** Where the sites' own masters are configured, and where systemd finds their sockets at boot. */
const phpMasters = (facts: Facts): Resource[] => [
  directory('/etc/systemd/system/sockets.target.wants'),
  ...facts.phpVersions.map((version) => directory(`/etc/php/${version}/fpm/sites`)),
]
