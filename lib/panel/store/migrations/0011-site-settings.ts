/** Fields that specs get, with their value for sites that were there before; JSON by key. */
const added = {
  maintenance: 'false',
  proxyHere: 'false',
  directives: '""',
  trustedProxies: '[]',
  proxySettings: '{"host":"auto","timeoutSeconds":3600,"connectSeconds":10,"buffering":false,"bufferUploads":true}',
  'phpSettings.ini': '{}',
  'phpSettings.openBasedir': '[]',
  maintenanceAllow: '[]',
  documentRoot: '"public"',
  fallback: 'null',
  cleanUrls: 'false',
  frontControllers: '[]',
  errorPages: '[]',
  headers: '[]',
  cors: 'null',
  deniedPresets: '[]',
  deniedPaths: '[]',
  redirects: '[]',
  basicAuth: '[]',
  'cache.scripts': 'true',
  redirectAliases: '[]',
}

/** The same for apps. */
const addedToApps = {
  address: '"127.0.0.1"',
  static: '[]',
}

const pairsOf = (fields: Record<string, string>, place: string): string =>
  Object.entries(fields)
    .map(([key, value]) => `'${place}.${key}', json('${value}')`)
    .join(', ')

const pairs = pairsOf(added, '$')
const appPairs = pairsOf(addedToApps, '$.app')

/** Uploads have one limit: of nginx's and PHP's, the larger is kept. `at` is where a row's column has the spec. */
const oneLimit = (table: string, column: string, at: string): string => {
  const [limit, upload] = [`${at}.bodyLimitMb`, `${at}.phpSettings.uploadMaxMb`]
  return `
UPDATE ${table} SET ${column} = json_set(${column}, '${limit}', ${column} ->> '${upload}')
  WHERE ${column} ->> '${at}.runtime' = 'php' AND ${column} ->> '${upload}' > ${column} ->> '${limit}';
UPDATE ${table} SET ${column} = json_remove(${column}, '${upload}') WHERE ${column} ->> '${upload}' IS NOT NULL;`
}

export const siteSettings = `
UPDATE sites SET spec = json_insert(spec, ${pairs});
UPDATE pending_changes SET previous = json_set(previous, '$.spec', json_insert(previous -> '$.spec', ${pairs}))
  WHERE kind = 'site' AND previous IS NOT NULL;
UPDATE sites SET spec = json_set(spec, '$.cache.page.byDevice', json('false'))
  WHERE spec ->> '$.cache.page' IS NOT NULL;
UPDATE pending_changes SET previous = json_set(previous, '$.spec.cache.page.byDevice', json('false'))
  WHERE kind = 'site' AND previous ->> '$.spec.cache.page' IS NOT NULL;
${oneLimit('sites', 'spec', '$')}
${oneLimit('pending_changes', 'previous', '$.spec')}
UPDATE sites SET spec = json_insert(spec, ${appPairs}) WHERE spec ->> '$.app.port' IS NOT NULL;
UPDATE pending_changes SET previous = json_set(previous, '$.spec', json_insert(previous -> '$.spec', ${appPairs}))
  WHERE kind = 'site' AND previous ->> '$.spec.app.port' IS NOT NULL;

-- Changes give sites other domains too.
CREATE TABLE changes_with_renames (
  kind TEXT NOT NULL CHECK (kind IN ('site', 'database', 'settings', 'bans', 'firewall')),
  name TEXT NOT NULL,
  change TEXT NOT NULL CHECK (change IN ('create', 'update', 'rename', 'trash', 'purge', 'delete')),
  desired TEXT,
  previous TEXT,
  begun_at TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT;
INSERT INTO changes_with_renames SELECT * FROM pending_changes;
DROP TABLE pending_changes;
ALTER TABLE changes_with_renames RENAME TO pending_changes;
`
