export const certificates = `
UPDATE sites SET
  spec = json_set(spec, '$.certificate', NULL,
    '$.httpsRedirect', json('true'), '$.hsts', json('false'), '$.hstsBefore', json('false')),
  previous = iif(previous IS NULL, NULL, json_set(previous, '$.certificate', NULL,
    '$.httpsRedirect', json('true'), '$.hsts', json('false'), '$.hstsBefore', json('false')));

-- How the certificate of a site ('@server': of the server's own name) is had and kept; which one is served says the
-- spec.
-- names is JSON, null: all of the site's. facts is the certificate as JSON; null: there is none yet.
-- failures count in a row; next_try is when it is tried again after one.
CREATE TABLE certificates (
  subject TEXT PRIMARY KEY,
  site TEXT REFERENCES sites (domain) ON DELETE CASCADE,
  source TEXT NOT NULL CHECK (source IN ('acme', 'own')),
  names TEXT,
  challenge TEXT,
  dns_provider TEXT,
  key_type TEXT NOT NULL,
  facts TEXT,
  failures INTEGER NOT NULL DEFAULT 0,
  next_try TEXT,
  problem TEXT
) STRICT;

-- Every time an authority was asked, or would have been. They outlive their site: an authority counts what it was
-- asked in the last week, whoever it was for.
CREATE TABLE certificate_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('request', 'renewal')),
  names TEXT NOT NULL,
  asked INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  code TEXT,
  message TEXT
) STRICT;
CREATE INDEX certificate_attempts_subject ON certificate_attempts (subject, at);

-- What somebody should look at, until it is over. key says what it is about: one alert a thing.
CREATE TABLE alerts (
  key TEXT PRIMARY KEY,
  site TEXT REFERENCES sites (domain) ON DELETE CASCADE,
  severity TEXT NOT NULL CHECK (severity IN ('warning', 'critical')),
  message TEXT NOT NULL,
  since TEXT NOT NULL
) STRICT;
`
