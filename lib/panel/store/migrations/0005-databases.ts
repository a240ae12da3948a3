export const databases = `
-- spec and previous are JSON {name, charset, users: [{username, grant, hash, createdAt}]}; intent is null once
-- MariaDB is so. Whoever has the site has its databases; owner counts where there is none (null: the administrators).
CREATE TABLE databases (
  name TEXT PRIMARY KEY,
  spec TEXT NOT NULL,
  previous TEXT,
  intent TEXT CHECK (intent IN ('create', 'update', 'delete')),
  -- The dump that a removal under way keeps.
  dump TEXT,
  site TEXT REFERENCES sites (domain),
  owner TEXT REFERENCES users (username),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX databases_site ON databases (site);

-- MariaDB's accounts are the whole server's.
CREATE TABLE database_users (
  username TEXT PRIMARY KEY,
  database TEXT NOT NULL REFERENCES databases (name) ON DELETE CASCADE
) STRICT;

-- A site that goes leaves its databases to whoever had it.
CREATE TRIGGER databases_outlive_sites BEFORE DELETE ON sites BEGIN
  UPDATE databases SET owner = OLD.owner, site = NULL WHERE site = OLD.domain;
END;

-- Dumps the server keeps, each until a time. owner and site are of when it was made.
CREATE TABLE dumps (
  id TEXT PRIMARY KEY,
  database TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('export', 'deleted', 'before-import')),
  compression TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  owner TEXT,
  site TEXT,
  created_at TEXT NOT NULL,
  kept_until TEXT NOT NULL
) STRICT;
`
