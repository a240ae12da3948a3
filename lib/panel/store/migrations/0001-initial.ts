export const initial = `
CREATE TABLE users (
  username TEXT PRIMARY KEY,
  password TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
  created_at TEXT NOT NULL
) STRICT;

-- spec is the wish; previous is what to go back to when the machine refuses (null: the site was new).
-- intent is null when settled, else what is under way.
CREATE TABLE sites (
  domain TEXT PRIMARY KEY,
  spec TEXT NOT NULL,
  previous TEXT,
  intent TEXT CHECK (intent IN ('create', 'update', 'trash', 'purge')),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

-- Every name a site answers to: a name belongs to one site.
CREATE TABLE site_names (
  name TEXT PRIMARY KEY,
  domain TEXT NOT NULL REFERENCES sites (domain) ON DELETE CASCADE
) STRICT;
CREATE INDEX site_names_domain ON site_names (domain);

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
  percent REAL NOT NULL DEFAULT 0,
  result TEXT,
  error TEXT,
  created_at TEXT NOT NULL,
  ended_at TEXT
) STRICT;
CREATE INDEX jobs_created ON jobs (created_at);

CREATE TABLE job_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  type TEXT NOT NULL CHECK (type IN ('step', 'progress', 'output', 'end')),
  data TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX job_events_job ON job_events (job, id);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT,
  ok INTEGER NOT NULL,
  code TEXT,
  details TEXT
) STRICT;
CREATE INDEX audit_at ON audit (at);

-- How often something was tried within a window that ends at expires_at (ms since 1970).
CREATE TABLE counters (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
`
