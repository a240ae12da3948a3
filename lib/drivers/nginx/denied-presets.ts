import type { WebSettings } from '../../model/sites/web-settings.ts'

type Preset = WebSettings['deniedPresets'][number]

/** Files that describe how a PHP program was put together. */
const composer = String.raw`/(?:composer|package)(?:-lock)?\.(?:json|lock)`

/**
 * Paths that programs deny by their own .htaccess or their manuals, as regular expressions. Scripts are denied where
 * visitors' uploads lie: one that was smuggled in is not run.
 */
export const presetPatterns: Record<Preset, readonly string[]> = {
  wordpress: [
    String.raw`/wp-config[^/]*`,
    String.raw`/wp-content/(?:uploads|cache)/.*\.(?:php\d?|phtml|phar)`,
    String.raw`/wp-content/debug\.log`,
    String.raw`/wp-includes/(?!js/tinymce/|ms-files\.php).*\.php`,
    String.raw`/wp-admin/includes`,
    String.raw`/(?:readme|license|liesmich)\.(?:html|txt)`,
  ],
  laravel: [
    String.raw`/(?:app|bootstrap|config|database|routes|tests)`,
    String.raw`/resources/views`,
    String.raw`/storage/(?:framework|logs)`,
    String.raw`/(?:storage|vendor)/.*\.php`,
    String.raw`/(?:artisan|server\.php|phpunit\.xml)`,
    composer,
  ],
  dokuwiki: [String.raw`/(?:data|conf|bin|inc|vendor)`, String.raw`/(?:README|VERSION|COPYING|SECURITY\.md)`, composer],
  roundcube: [
    String.raw`/(?:SQL|bin|config|logs|temp|tests|vendor)`,
    String.raw`/program/(?:include|lib|localization|steps)`,
    String.raw`/(?:README|INSTALL|LICENSE|CHANGELOG|UPGRADING)(?:\.md)?`,
    composer,
  ],
}
