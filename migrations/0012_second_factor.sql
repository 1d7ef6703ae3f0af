-- Second factors (RFC 6238), what stands between a right password and its code, and changes of address.

CREATE TABLE second_factors (
  user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret     bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- Proposed until a first code proved that its owner has it.
  enabled_at timestamptz,
  -- The latest time step whose code was used: none is used twice.
  last_step  bigint NOT NULL DEFAULT 0
);

CREATE TABLE backup_codes (
  user_id uuid NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
  digest  bytea NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, digest)
);

CREATE TABLE login_challenges (
  digest      bytea PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  remember_me boolean NOT NULL,
  expires_at  timestamptz NOT NULL,
  attempts    integer NOT NULL DEFAULT 0,
  used_at     timestamptz
);
CREATE INDEX login_challenges_user ON login_challenges (user_id);
CREATE INDEX login_challenges_expires_at ON login_challenges (expires_at);

-- By digest of what was tried and from where: the same for accounts that exist and those that do not.
CREATE TABLE failed_attempts (
  key      bytea PRIMARY KEY,
  failures integer NOT NULL,
  last_at  timestamptz NOT NULL
);
CREATE INDEX failed_attempts_last_at ON failed_attempts (last_at);

-- One change at a time: asking again replaces the link.
CREATE TABLE email_changes (
  user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  digest     bytea NOT NULL UNIQUE,
  email      text NOT NULL CHECK (length(email) <= 254),
  expires_at timestamptz NOT NULL
);
CREATE INDEX email_changes_expires_at ON email_changes (expires_at);
