import type { ServerFacts } from '../facts.ts'

type Directive = readonly [name: string, value: string]

/** Renders directives without those that people have set elsewhere: nginx refuses one that is set twice. */
export const unlessSet = (set: ReadonlySet<string>, directives: readonly Directive[]): string =>
  directives
    .filter(([name]) => !set.has(name))
    .map(([name, value]) => `${name} ${value};\n`)
    .join('')

/**
 * Headers of a request: 64 KB, in lines of at most as much. nginx takes such a buffer only for a request that needs it.
 * Before 1.19.7 HTTP/2 had limits of its own.
 */
const requestHeaders = ({ nginxVersion: [major, minor] }: Pick<ServerFacts, 'nginxVersion'>): Directive[] => [
  ['large_client_header_buffers', '2 64k'],
  ...(major > 1 || minor > 19
    ? []
    : ([
        ['http2_max_field_size', '64k'],
        ['http2_max_header_size', '128k'],
      ] as const)),
]

/**
 * Headers of an answer: 32 KB, and what nginx adds to them. The other buffers hold twice as much, as nginx demands, and
 * stay small, so that a visitor who reads slowly costs little. People who set one of them set all.
 */
const answerHeaders = (set: ReadonlySet<string>): Directive[] =>
  ['proxy', 'fastcgi'].flatMap((module) => {
    const [size, buffers, busy] = [`${module}_buffer_size`, `${module}_buffers`, `${module}_busy_buffers_size`]
    if ([size, buffers, busy].some((name) => set.has(name))) return []
    return [
      [size, '36k'],
      [buffers, '20 4k'],
    ] as const
  })

const textTypes = [
  'text/plain text/css text/javascript text/xml text/calendar text/markdown text/vcard text/vtt',
  'application/javascript application/json application/ld+json application/manifest+json application/geo+json',
  'application/xml application/xhtml+xml application/rss+xml application/atom+xml application/wasm',
  'application/vnd.ms-fontobject image/svg+xml image/bmp font/ttf font/otf model/gltf+json',
].join('\n    ')

/** Compression, and the time for which browsers keep files: what nginx was given by others is theirs to say. */
const answers: readonly Directive[] = [
  ['gzip_vary', 'on'],
  ['gzip_proxied', 'any'],
  ['gzip_comp_level', '5'],
  ['gzip_min_length', '512'],
  ['gzip_types', textTypes],
  ['expires', '$hosting_panel_expires'],
]

/**
 * Settings of all sites, which a site's own directives replace: they stand in the http context because nginx refuses
 * those that its server would have twice.
 */
export const renderDefaults = (facts: Pick<ServerFacts, 'nginxDirectives' | 'nginxVersion'>): string =>
  `map $sent_http_content_type $hosting_panel_expires {
    default off;
    ~^(?:text/css|(?:application|text)/javascript|(?:image|font|audio|video)/|application/wasm) $hosting_panel_own_file;
}
map $upstream_status$upstream_cache_status $hosting_panel_own_file {
    default off;
    '' 7d;
}
${unlessSet(facts.nginxDirectives, [...requestHeaders(facts), ...answerHeaders(facts.nginxDirectives), ...answers])}`
