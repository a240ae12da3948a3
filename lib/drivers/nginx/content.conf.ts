import { paths } from '../../model/paths.ts'
import { bracketed } from '../../model/network.ts'
import { siteNames, phpNames } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import { isWildcard } from '../../model/wildcard.ts'
import type { Facts } from '../facts.ts'
import { appStaticFiles } from './app-static.conf.ts'
import { literal, word } from './words.ts'
import { cachesPages, direct, keepPages, pageBypass } from './pages.conf.ts'
import { proxy, targetUpstream } from './proxy.conf.ts'
import { phpBehind, proxyBehind } from './trusted-proxies.conf.ts'

/** Renders how a site's servers answer requests, by its runtime. */
export function content(spec: SiteSpec, facts: Facts): string {
  if (spec.app) return app(spec, facts)
  if (spec.runtime === 'proxy') return proxy(spec, facts)
  return spec.runtime === 'php' ? php(spec, facts) : staticFiles(spec)
}

/** Apple asks for a file without extension that has to be JSON. */
const associations = (otherwise: string): string => `    location ~ ^/(?:\\.well-known/)?apple-app-site-association$ {
        types {}
        default_type application/json;
        try_files $uri ${otherwise};
    }
`

/**
 * Links are followed only to files of the same owner: nginx may read every site, and a link from one into another
 * would make it a spy. The home is root's, so no link of the site's own leads there, and its folders are looked at from
 * the first on. What was found is not kept (open_file_cache): a file that is written anew in its place would be sent
 * with the size of before.
 */
const files = (spec: SiteSpec): string => `    disable_symlinks if_not_owner from=${topFolder(spec)};
    include snippets/hosting-panel-files.conf;
`

const topFolder = ({ domain, documentRoot }: SiteSpec): string =>
  `${siteNames(domain).home}/${documentRoot.split('/')[0]!}`

/** Whatever has one of these endings is a file: when it is missing, a page would be no help. */
const assets = [
  'css|js|mjs|cjs|map|json|xml|txt|wasm|webmanifest|html?|php|pdf|zip|gz|br|csv',
  'png|jpe?g|gif|webp|avif|jxl|svg|ico|bmp|woff2?|ttf|otf|eot|mp[34]|webm|og[gv]|wav|m4a|mov',
].join('|')

/** Keeps the source of PHP from visitors, passwords in it too: the site may have been a PHP site. */
const noSource = `    location ~* \\.ph(?:p[0-9]?|tml|ar)(?:/|$) {
        return 404;
    }
`

/** nginx finds files by itself: each look at one more name costs as much as sending a small file. */
const plainFiles = (page: string): string => `    location / {
        ${page === '' ? 'log_not_found off' : `try_files $uri${page} $uri/ =404`};
    }
`

function staticFiles(spec: SiteSpec): string {
  const page = spec.cleanUrls ? ' $uri.html' : ''
  return `    index index.html index.htm;
${files(spec)}${noSource}${
    spec.fallback === null
      ? plainFiles(page)
      : `    location / {
        try_files $uri${page} $uri/index.html ${literal(spec.fallback)};
    }
    location ~* \\.(?:${assets})$ {
        try_files $uri =404;
    }
`
  }${associations('=404')}`
}

function php(spec: SiteSpec, facts: Facts): string {
  const script = passToPhp(spec, facts)
  const kept = cachesPages(spec)
  const controllers = spec.frontControllers.map(frontController).join('')
  return `    index index.php index.html index.htm;
${files(spec)}    location / {
        try_files $uri $uri/ /index.php$is_args$args;
    }
${controllers}${associations('/index.php$is_args$args')}    location ~ [^/]\\.php(/|$) {
${kept ? pageBypass : ''}${script}${kept ? keepPages(spec) : ''}    }
${kept ? direct(script) : ''}`
}

/** A program in a folder, such as a WordPress in /blog, answers all below it. */
const frontController = (path: string): string => `    location ${word(`${path}/`)} {
        try_files $uri $uri/ ${literal(`${path}/index.php`).slice(0, -1)}$is_args$args";
    }
`

/**
 * nginx reads no script, and opens what it checks for links: one that only its owner may read would be missing. PHP
 * opens them as the site's user, and keeps to the site's folders.
 */
function passToPhp(spec: SiteSpec, facts: Facts): string {
  const { socket } = phpNames(spec.domain, spec.isolation, spec.phpVersion!)
  // A folder in the home is root's to make, so there is no link to resolve at each request.
  const root = spec.documentRoot.includes('/') ? '$realpath_root' : '$document_root'
  return `        fastcgi_split_path_info (?s)^(.+?\\.php)(/.*)$;
        set $path_info $fastcgi_path_info;
        disable_symlinks off;
        try_files $fastcgi_script_name =404;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME ${root}$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT ${root};
        fastcgi_param PATH_INFO $path_info;
${askedName(spec)}${phpBehind(spec, facts)}        fastcgi_param HTTP_PROXY "";
        fastcgi_read_timeout ${spec.phpSettings.maxExecutionSeconds + 5}s;
        fastcgi_pass unix:${socket};
`
}

/** nginx gives PHP the server's first name, which may be a wildcard's expression. */
const askedName = ({ aliases }: SiteSpec): string =>
  aliases.some(isWildcard) ? '        fastcgi_param SERVER_NAME $host;\n' : ''

/**
 * An app's connections are kept for a second: shorter than any server for apps keeps its end, and short enough that
 * one that is open says that the app is in use.
 */
export const upstream = (spec: SiteSpec, facts: Facts): string =>
  spec.app
    ? `upstream ${siteNames(spec.domain).user} {
    server ${bracketed(spec.app.address)}:${spec.app.port};
    keepalive 16;
    keepalive_timeout 1s;
}
`
    : targetUpstream(spec, facts)

/**
 * Requests go to the app; where nobody listens they go to the panel, which starts it and sends them back to
 * @app. The panel is told how much of the request the app had got, and how much it answered: what it may have acted on
 * is not sent twice.
 */
const app = (spec: SiteSpec, facts: Facts): string => `    recursive_error_pages on;
${appStaticFiles(spec)}${
  cachesPages(spec)
    ? `    location / {
${pageBypass}${passToApp(spec, facts)}        error_page 418 = @direct;
${keepPages(spec)}    }
${direct(`${passToApp(spec, facts)}        proxy_buffering off;\n`)}`
    : `    location / {
${passToApp(spec, facts)}        proxy_buffering off;
    }
`
}    location @app {
        include snippets/hosting-panel-app.conf;
${proxyBehind(spec, facts)}        proxy_buffering off;
        proxy_pass http://${siteNames(spec.domain).user};
    }
    location @wake {
        set $hosting_panel_wake /wake;
        include snippets/hosting-panel-secret.conf;
        proxy_set_header X-Hosting-Panel-Site ${spec.domain};
        proxy_set_header X-Hosting-Panel-Method $request_method;
        proxy_set_header X-Hosting-Panel-Sent $upstream_bytes_sent;
        proxy_set_header X-Hosting-Panel-Received $upstream_bytes_received;
        proxy_set_header X-Hosting-Panel-Fetch $http_sec_fetch_mode;
        proxy_set_header Accept $http_accept;
        proxy_set_header Content-Length "";
        proxy_set_header Connection close;
        proxy_pass_request_headers off;
        proxy_pass_request_body off;
        proxy_method GET;
        proxy_http_version 1.1;
        proxy_read_timeout 60s;
        error_page 502 504 =503 /.hosting-panel/502.html;
        proxy_pass http://unix:${paths.panelSocket}:$hosting_panel_wake;
    }
`

const passToApp = (spec: SiteSpec, facts: Facts): string => `        include snippets/hosting-panel-app.conf;
${proxyBehind(spec, facts)}        error_page 502 = @wake;
        error_page 504 /.hosting-panel/502.html;
        error_page 413 /.hosting-panel/413.html;
        error_page 403 /.hosting-panel/403.html;
        proxy_pass http://${siteNames(spec.domain).user};
`
