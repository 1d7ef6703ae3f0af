CREATE TABLE users (
  id                     uuid PRIMARY KEY,
  email                  text NOT NULL CHECK (length(email) <= 254),
  username               text NOT NULL CHECK (length(username) <= 64),
  password_hash          text NOT NULL,
  display_name           text,
  role                   text NOT NULL CHECK (role IN ('user', 'creator', 'premium', 'moderator', 'admin', 'artist', 'producer', 'label')),
  is_verified            boolean NOT NULL,
  is_active              boolean NOT NULL DEFAULT true,
  is_banned              boolean NOT NULL DEFAULT false,
  token_version          integer NOT NULL DEFAULT 0,
  birthdate              date,
  promoted_to_creator_at timestamptz,
  last_login_at          timestamptz,
  last_login_ip          text,
  login_count            integer NOT NULL DEFAULT 0,
  created_at             timestamptz NOT NULL,
  updated_at             timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_username ON users (lower(username));
-- One verified account an address; any number of registrations may wait beside it, so that registering tells nobody anything.
CREATE UNIQUE INDEX users_verified_email ON users (lower(email)) WHERE is_verified;
CREATE INDEX users_email ON users (lower(email));
CREATE INDEX users_unverified ON users (created_at) WHERE NOT is_verified;
CREATE INDEX users_promoted ON users (promoted_to_creator_at) WHERE promoted_to_creator_at IS NOT NULL;

CREATE TABLE sessions (
  id             uuid PRIMARY KEY,
  user_id        uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  refresh_digest bytea NOT NULL UNIQUE,
  ip             text NOT NULL,
  user_agent     text NOT NULL,
  created_at     timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL,
  lifetime       integer NOT NULL,
  revoked_at     timestamptz,
  revoked_reason text
);
CREATE INDEX sessions_user ON sessions (user_id) WHERE revoked_at IS NULL;

CREATE TABLE mail_tokens (
  digest     bytea PRIMARY KEY,
  purpose    text NOT NULL,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX mail_tokens_user ON mail_tokens (user_id);

INSERT INTO change_epochs (topic) VALUES ('accounts'), ('platform_settings');
