export const people = `
-- As unstorage makes it at its first use; listed directly too.
CREATE TABLE IF NOT EXISTS kv (
  key TEXT PRIMARY KEY,
  value TEXT,
  blob BLOB,
  created_at TEXT DEFAULT CURRENT_TIMESTAMP,
  updated_at TEXT DEFAULT CURRENT_TIMESTAMP
);

-- limits is JSON {sites, databases, apps, diskMb}; null in it means as many as wanted.
ALTER TABLE users ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
-- totp_step is the time step of the last code that was taken: none is taken twice.
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;

-- An owner of null: the administrators'. previous_owner goes with previous.
ALTER TABLE sites ADD COLUMN owner TEXT REFERENCES users (username);
ALTER TABLE sites ADD COLUMN previous_owner TEXT;
CREATE INDEX sites_owner ON sites (owner);

CREATE TABLE recovery_codes (
  username TEXT NOT NULL REFERENCES users (username) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  PRIMARY KEY (username, hash)
) STRICT;

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  username TEXT NOT NULL REFERENCES users (username) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_used_at TEXT
) STRICT;
CREATE INDEX passkeys_username ON passkeys (username);

-- A username of null: the server's root, for the command line.
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  username TEXT REFERENCES users (username) ON DELETE CASCADE,
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  site TEXT REFERENCES sites (domain) ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT
) STRICT;

-- hash covers the row and the hash of the one before; null in rows older than the chain.
ALTER TABLE audit ADD COLUMN before TEXT;
ALTER TABLE audit ADD COLUMN after TEXT;
ALTER TABLE audit ADD COLUMN hash TEXT;

-- Where the chain begins (what was forgotten in time is no tampering) and ends (nor may the last rows go).
CREATE TABLE audit_chain (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  first_id INTEGER NOT NULL,
  first_previous TEXT NOT NULL,
  last_id INTEGER NOT NULL,
  last_hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_chain
  SELECT 1, coalesce(max(id), 0) + 1, '', coalesce(max(id), 0), '' FROM audit;
`
