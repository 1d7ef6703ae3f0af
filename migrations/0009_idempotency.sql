-- Who asked for what under which Idempotency-Key, and what was answered: for 24 hours.
CREATE TABLE idempotency_keys (
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  route        text NOT NULL,
  key          text NOT NULL,
  -- Whoever holds the reservation; only they may renew, answer or release it.
  attempt      uuid NOT NULL,
  -- Null while an upload is under way: what it holds is known at its end.
  fingerprint  text,
  leased_until timestamptz NOT NULL,
  -- The answer, encrypted; null while the request is in flight.
  answer       bytea,
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (user_id, route, key),
  CHECK (answer IS NULL OR fingerprint IS NOT NULL)
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
