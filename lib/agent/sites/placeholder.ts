import { toUnicode } from '../../model/domain.ts'
import { runsAs, servedRoot } from '../../model/sites/names.ts'
import type { SiteSpec } from '../../model/sites/schema.ts'
import type { Resource } from '../resources/resource.ts'

/** The page of a new site, so that it answers before anything was uploaded. Never put back once it is gone. */
export function placeholder(spec: SiteSpec): Resource {
  return {
    kind: 'file',
    name: `${servedRoot(spec)}/${index(spec)}`,
    seed: true,
    state: {
      owner: runsAs(spec),
      group: runsAs(spec),
      mode: spec.isolation === 'own' ? 0o640 : 0o644,
      content: page(spec),
    },
  }
}

const index = ({ runtime }: SiteSpec): string => (runtime === 'php' ? 'index.php' : 'index.html')

const page = (spec: SiteSpec): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${toUnicode(spec.domain)}</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.6 system-ui, sans-serif;
  color: light-dark(#1e293b, #e2e8f0); background: light-dark(#f8fafc, #0f172a) }
main { max-width: 34rem; padding: 2rem }
h1 { font-size: 1.5rem; overflow-wrap: anywhere }
p { color: light-dark(#475569, #94a3b8) }
code { font-size: .95em }
</style>
</head>
<body>
<main>
<h1>${toUnicode(spec.domain)} is ready</h1>
<p>${works(spec)} This page is shown until the site has one of its own.</p>
<p>Is this your site? Put your files into its <code>${spec.documentRoot}</code> folder; replace
<code>${index(spec)}</code> first.</p>
</main>
</body>
</html>
`

const works = (spec: SiteSpec): string =>
  spec.runtime === 'php'
    ? '<?= "PHP " . PHP_MAJOR_VERSION . "." . PHP_MINOR_VERSION ?> answers here.'
    : 'The server answers.'
