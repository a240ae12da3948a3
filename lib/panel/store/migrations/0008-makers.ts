export const makers = `
-- The token that made this one, which goes with it; null: a person, or the server's root.
ALTER TABLE tokens ADD COLUMN made_by TEXT REFERENCES tokens (id) ON DELETE CASCADE;
CREATE INDEX tokens_made_by ON tokens (made_by);

-- The site a job is about: a token for one site sees the jobs of that one.
ALTER TABLE jobs ADD COLUMN site TEXT;

-- Events are numbered in each job: numbers over the whole server would tell customers how much others do.
CREATE TABLE numbered_events (
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  id INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('step', 'progress', 'output', 'end')),
  data TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (job, id)
) STRICT;
INSERT INTO numbered_events SELECT job, id, type, data, at FROM job_events;
DROP TABLE job_events;
ALTER TABLE numbered_events RENAME TO job_events;
`
