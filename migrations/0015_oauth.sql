-- People who came through a provider have no password until they choose one.
ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;

CREATE TABLE oauth_identities (
  id               uuid PRIMARY KEY,
  user_id          uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider         text NOT NULL CHECK (provider IN ('google', 'github', 'discord', 'spotify')),
  provider_user_id text NOT NULL,
  email            text,
  -- Encrypted, with the id of the key in front; rows of before the encryption hold them as they are.
  access_token     text,
  refresh_token    text,
  created_at       timestamptz NOT NULL,
  last_used_at     timestamptz NOT NULL,
  UNIQUE (provider, provider_user_id),
  UNIQUE (user_id, provider)
);

-- A log-in under way at a provider: used once, for ten minutes, by the browser that began it.
CREATE TABLE oauth_states (
  digest         bytea PRIMARY KEY,
  provider       text NOT NULL,
  browser_digest bytea NOT NULL,
  -- PKCE verifier and nonce, encrypted.
  secrets        bytea NOT NULL,
  redirect       text NOT NULL,
  -- Set where somebody signed in links an identity.
  session_id     uuid REFERENCES sessions (id) ON DELETE CASCADE,
  expires_at     timestamptz NOT NULL
);
CREATE INDEX oauth_states_expires_at ON oauth_states (expires_at);
CREATE INDEX oauth_states_session ON oauth_states (session_id);
