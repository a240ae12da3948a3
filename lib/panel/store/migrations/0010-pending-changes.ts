export const pendingChanges = `
-- Changes that were begun and are not known to be made or refused: one for each thing. desired is what is to be, where
-- no other table has it; previous is what counts again when the machine refuses (null: there was nothing). Both are
-- JSON.
CREATE TABLE pending_changes (
  kind TEXT NOT NULL CHECK (kind IN ('site', 'database', 'settings', 'bans', 'firewall')),
  name TEXT NOT NULL,
  change TEXT NOT NULL CHECK (change IN ('create', 'update', 'trash', 'purge', 'delete')),
  desired TEXT,
  previous TEXT,
  begun_at TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT;

INSERT INTO pending_changes
  SELECT 'site', domain, intent, NULL,
    iif(previous IS NULL, NULL, json_object('spec', json(previous), 'owner', previous_owner)), updated_at
  FROM sites WHERE intent IS NOT NULL;
INSERT INTO pending_changes
  SELECT 'database', name, intent, iif(dump IS NULL, NULL, json_object('dump', dump)), previous, created_at
  FROM databases WHERE intent IS NOT NULL;
INSERT INTO pending_changes
  SELECT substr(key, 6), substr(key, 6), 'update', value -> '$.value', NULL, CURRENT_TIMESTAMP
  FROM kv WHERE key IN ('wish:settings', 'wish:bans', 'wish:firewall');
DELETE FROM kv WHERE key LIKE 'wish:%';

ALTER TABLE sites DROP COLUMN previous;
ALTER TABLE sites DROP COLUMN previous_owner;
ALTER TABLE sites DROP COLUMN intent;
ALTER TABLE databases DROP COLUMN previous;
ALTER TABLE databases DROP COLUMN intent;
ALTER TABLE databases DROP COLUMN dump;
`
