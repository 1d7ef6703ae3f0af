-- A session is a family of refresh tokens: each is used once, and using it again gives the family away.

CREATE TABLE refresh_tokens (
  digest     bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  rotated_at timestamptz,
  -- The successor, encrypted, for the seconds in which a client that lost the answer may ask again.
  successor  bytea
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_successor ON refresh_tokens (rotated_at) WHERE successor IS NOT NULL;

INSERT INTO refresh_tokens (digest, session_id, created_at) SELECT refresh_digest, id, created_at FROM sessions;
ALTER TABLE sessions DROP COLUMN refresh_digest, ADD COLUMN last_used_at timestamptz;
UPDATE sessions SET last_used_at = created_at;
ALTER TABLE sessions ALTER COLUMN last_used_at SET NOT NULL;
CREATE INDEX sessions_expires_at ON sessions (expires_at);
