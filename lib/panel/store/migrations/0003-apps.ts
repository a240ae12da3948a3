export const apps = `
UPDATE sites SET spec = json_set(spec, '$.app', NULL),
  previous = iif(previous IS NULL, NULL, json_set(previous, '$.app', NULL));

-- Each app has a port of its own.
CREATE UNIQUE INDEX sites_port ON sites (spec ->> '$.app.port');

-- What an app should be doing. started_with is the spec it was last started with; asleep_since is null unless it
-- sleeps; memory is what it held when it last fell asleep (bytes), saved what sleeping spared in all (bytes times
-- seconds).
CREATE TABLE apps (
  domain TEXT PRIMARY KEY REFERENCES sites (domain) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('stopped', 'running', 'asleep', 'errored')),
  problem TEXT,
  started_at TEXT,
  started_with TEXT,
  installed TEXT,
  tried_at TEXT,
  sleeps INTEGER NOT NULL DEFAULT 0,
  asleep_since TEXT,
  asleep_seconds REAL NOT NULL DEFAULT 0,
  memory INTEGER NOT NULL DEFAULT 0,
  saved REAL NOT NULL DEFAULT 0
) STRICT;
`
