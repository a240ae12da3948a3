import type { ServerFacts } from '../facts.ts'

/** Content types by extension that distributions' lists lack; what they have is theirs to say. */
const types: readonly (readonly [type: string, extensions: string])[] = [
  ['text/javascript', 'mjs cjs'],
  ['application/manifest+json', 'webmanifest'],
  ['application/json', 'json map topojson'],
  ['application/geo+json', 'geojson'],
  ['application/ld+json', 'jsonld'],
  ['application/wasm', 'wasm'],
  ['image/apng', 'apng'],
  ['image/avif', 'avif'],
  ['image/heic', 'heic'],
  ['image/heif', 'heif'],
  ['image/jxl', 'jxl'],
  ['image/webp', 'webp'],
  ['font/otf', 'otf'],
  ['font/ttf', 'ttf'],
  ['font/collection', 'ttc'],
  ['font/woff', 'woff'],
  ['font/woff2', 'woff2'],
  ['audio/aac', 'aac'],
  ['audio/flac', 'flac'],
  ['audio/ogg', 'oga opus spx'],
  ['audio/wav', 'wav'],
  ['audio/webm', 'weba'],
  ['video/ogg', 'ogv'],
  ['video/webm', 'webm'],
  ['video/x-matroska', 'mkv'],
  ['application/dash+xml', 'mpd'],
  ['model/gltf+json', 'gltf'],
  ['model/gltf-binary', 'glb'],
  ['model/obj', 'obj'],
  ['model/stl', 'stl'],
  ['model/vnd.usdz+zip', 'usdz'],
  ['text/calendar', 'ics'],
  ['text/csv', 'csv'],
  ['text/markdown', 'md markdown'],
  ['text/vcard', 'vcf'],
  ['text/vtt', 'vtt'],
  ['application/yaml', 'yaml yml'],
  ['application/xml', 'xsl xslt'],
  ['application/epub+zip', 'epub'],
  ['application/gzip', 'gz tgz'],
  ['application/zstd', 'zst'],
  ['application/vnd.android.package-archive', 'apk'],
]

/** The extensions that a mime.types of nginx's names. */
export const extensionsOf = (mimeTypes: string): Set<string> =>
  new Set(
    [...mimeTypes.replaceAll(/#.*/g, '').matchAll(/^\s*[\w.+-]+\/[\w.+-]+\s+([^;]+);/gm)].flatMap(([, names]) =>
      names!.trim().split(/\s+/),
    ),
  )

/** Renders the types that this server's list lacks: nginx warns of an extension that is there twice. */
export function renderTypes({ mimeExtensions }: Pick<ServerFacts, 'mimeExtensions'>): string {
  const lines = types.flatMap(([type, extensions]) => {
    const missing = extensions.split(' ').filter((extension) => !mimeExtensions.has(extension))
    return missing.length > 0 ? [`    ${type} ${missing.join(' ')};\n`] : []
  })
  return `types {\n${lines.join('')}}\n`
}
