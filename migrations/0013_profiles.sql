-- What people say of themselves, apart from how they get in; a row appears with the first thing said.
CREATE TABLE user_profiles (
  user_id      uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  bio          text,
  social_links jsonb NOT NULL DEFAULT '{}',
  is_private   boolean NOT NULL DEFAULT false
);

-- A name that was given up stays its former owner's for a while, so that nobody steps into their shoes.
ALTER TABLE users ADD COLUMN username_changed_at timestamptz;
CREATE TABLE held_usernames (
  name       text PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  held_until timestamptz NOT NULL
);
CREATE INDEX held_usernames_user ON held_usernames (user_id);
CREATE INDEX held_usernames_until ON held_usernames (held_until);

CREATE TABLE profile_images (
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind         text NOT NULL CHECK (kind IN ('avatar', 'banner')),
  storage_key  text NOT NULL UNIQUE,
  content_hash text NOT NULL,
  changed_at   timestamptz NOT NULL,
  PRIMARY KEY (user_id, kind)
);
-- Every image file that may be in the store: noted before it is written, forgotten after it is removed.
CREATE TABLE image_files (
  storage_key text PRIMARY KEY,
  noted_at    timestamptz NOT NULL
);
CREATE INDEX image_files_noted_at ON image_files (noted_at);

-- Only what somebody chose; the rest is the defaults of the day.
CREATE TABLE user_settings (
  user_id       uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  language      text,
  theme         text,
  privacy       jsonb NOT NULL DEFAULT '{}',
  playback      jsonb NOT NULL DEFAULT '{}',
  notifications jsonb NOT NULL DEFAULT '{}',
  updated_at    timestamptz NOT NULL
);

CREATE TABLE privacy_opt_outs (
  user_id      uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  source       text NOT NULL CHECK (source IN ('request', 'gpc')),
  opted_out_at timestamptz NOT NULL
);

CREATE TABLE terms_documents (
  type         text NOT NULL,
  version      text NOT NULL,
  title        text NOT NULL,
  url          text NOT NULL,
  summary      text NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (type, version)
);
CREATE INDEX terms_documents_latest ON terms_documents (type, published_at DESC);

-- A ledger: rows are added, never changed. It outlives the account, which is anonymised and not removed.
CREATE TABLE terms_acceptances (
  id          uuid PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES users (id),
  type        text NOT NULL,
  version     text NOT NULL,
  accepted_at timestamptz NOT NULL,
  ip          text NOT NULL,
  user_agent  text NOT NULL,
  UNIQUE (user_id, type, version),
  FOREIGN KEY (type, version) REFERENCES terms_documents (type, version)
);

INSERT INTO terms_documents (type, version, title, url, summary, published_at) VALUES
  ('terms_of_service', '2026-01-01', 'Terms of service', '/legal/terms-of-service/2026-01-01',
    'What you and Veza owe each other. You keep every right in what you upload; we may play and deliver it for you.',
    '2026-01-01T00:00:00Z'),
  ('privacy_policy', '2026-01-01', 'Privacy policy', '/legal/privacy-policy/2026-01-01',
    'What we keep of you, why and for how long. No behavioural profiling, nothing is sold, you can take your data along.',
    '2026-01-01T00:00:00Z'),
  ('community_guidelines', '2026-01-01', 'Community guidelines', '/legal/community-guidelines/2026-01-01',
    'How we treat one another here, and what happens when somebody does not.',
    '2026-01-01T00:00:00Z'),
  ('creator_agreement', '2026-01-01', 'Creator agreement', '/legal/creator-agreement/2026-01-01',
    'For those who publish: you hold the rights you offer, you are paid as the rates say, you may leave at any time.',
    '2026-01-01T00:00:00Z');
