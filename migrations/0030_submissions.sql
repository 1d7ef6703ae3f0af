-- A release sent to stores (40-distribution), and what it showed of itself when it was sent last.
CREATE TABLE submissions (
  id           uuid PRIMARY KEY,
  release_id   uuid NOT NULL REFERENCES releases (id),
  owner_id     uuid NOT NULL REFERENCES users (id),
  title        text NOT NULL,
  upc          text NOT NULL,
  release_date date NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL
);
CREATE INDEX submissions_owner ON submissions (owner_id, created_at, id);
CREATE INDEX submissions_release ON submissions (release_id, created_at, id);

-- A submission at one store. Its id and the number of a message are the name under which the store takes that message once.
CREATE TABLE submission_platforms (
  id            uuid PRIMARY KEY,
  submission_id uuid NOT NULL REFERENCES submissions (id),
  release_id    uuid NOT NULL REFERENCES releases (id),
  platform      text NOT NULL CHECK (platform IN ('spotify', 'apple_music', 'deezer')),
  status        text NOT NULL CHECK (status IN ('pending', 'submitted', 'processing', 'live', 'rejected', 'failed',
    'takedown_requested', 'taken_down', 'withdrawn')),
  reason        text,
  reference     text,
  -- What the last message tells, as the domain's schema of a release's content has it.
  content       jsonb NOT NULL,
  message       integer NOT NULL CHECK (message > 0),
  kind          text NOT NULL CHECK (kind IN ('new', 'update', 'takedown')),
  -- The last message that the store has, or that was given up.
  sent          integer NOT NULL DEFAULT 0 CHECK (sent BETWEEN 0 AND message),
  attempts      integer NOT NULL DEFAULT 0,
  due_at        timestamptz NOT NULL,
  -- Since when sending the last message has been tried.
  attempted_at  timestamptz,
  claim         uuid,
  held_until    timestamptz,
  asked_at      timestamptz NOT NULL,
  live_at       timestamptz,
  updated_at    timestamptz NOT NULL,
  UNIQUE (submission_id, platform)
);
-- A release goes to a store but once at a time.
CREATE UNIQUE INDEX submission_platforms_open ON submission_platforms (release_id, platform)
  WHERE status NOT IN ('taken_down', 'withdrawn');
CREATE INDEX submission_platforms_due ON submission_platforms (due_at, id) WHERE sent < message;
CREATE INDEX submission_platforms_waiting ON submission_platforms (asked_at, id)
  WHERE status IN ('submitted', 'processing', 'takedown_requested');
-- Which submissions a track is in.
CREATE INDEX submission_platforms_content ON submission_platforms USING gin (content jsonb_path_ops);

-- Every change of a status, and what stores said beside; nothing here is ever changed.
CREATE TABLE submission_history (
  id            uuid PRIMARY KEY,
  submission_id uuid NOT NULL REFERENCES submissions (id),
  platform      text NOT NULL,
  from_status   text,
  to_status     text NOT NULL,
  changed_by    text NOT NULL CHECK (changed_by IN ('owner', 'admin', 'store', 'system')),
  user_id       uuid REFERENCES users (id),
  reason        text,
  at            timestamptz NOT NULL
);
CREATE INDEX submission_history_of ON submission_history (submission_id, at, id);

-- Callbacks of stores that were heard: each event does its work once.
CREATE TABLE distribution_callbacks (
  platform    text NOT NULL,
  event_id    text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (platform, event_id)
);
CREATE INDEX distribution_callbacks_received_at ON distribution_callbacks (received_at);
