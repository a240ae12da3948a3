export const storage = `
UPDATE sites SET spec = json_set(spec, '$.diskMb', NULL, '$.files', NULL, '$.storage', 'ok'),
  previous = iif(previous IS NULL, NULL, json_set(previous, '$.diskMb', NULL, '$.files', NULL, '$.storage', 'ok'));
UPDATE databases SET spec = json_set(spec, '$.full', json('false')),
  previous = iif(previous IS NULL, NULL, json_set(previous, '$.full', json('false')));

-- What each site uses of the disk, as last measured; and what it used when it had just become full.
CREATE TABLE site_usage (
  domain TEXT PRIMARY KEY REFERENCES sites (domain) ON DELETE CASCADE,
  bytes INTEGER NOT NULL,
  files INTEGER NOT NULL,
  measured_at TEXT NOT NULL,
  full_bytes INTEGER,
  full_files INTEGER
) STRICT;
CREATE TABLE database_usage (
  name TEXT PRIMARY KEY REFERENCES databases (name) ON DELETE CASCADE,
  bytes INTEGER NOT NULL
) STRICT;
`
