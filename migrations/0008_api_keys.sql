-- Developers' keys: kept as digests, ended by their owner, by their expiry or, once rotated, by the end of the overlap.

CREATE TABLE api_keys (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  prefix       text NOT NULL,
  digest       bytea NOT NULL UNIQUE,
  scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'write', 'admin']),
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at   timestamptz,
  retires_at   timestamptz,
  revoked_at   timestamptz,
  -- The earliest of its ends; a key without one lives for good.
  ends_at      timestamptz GENERATED ALWAYS AS (least(revoked_at, expires_at, retires_at)) STORED
);
CREATE INDEX api_keys_user ON api_keys (user_id);
CREATE INDEX api_keys_ends_at ON api_keys (ends_at) WHERE ends_at IS NOT NULL;
