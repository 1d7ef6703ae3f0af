CREATE TABLE uploads (
  id         uuid PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  state      text NOT NULL CHECK (state IN ('uploading', 'scanning', 'accepted', 'refused')),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX uploads_expires_at ON uploads (expires_at);

CREATE TABLE tracks (
  id              uuid PRIMARY KEY,
  user_id         uuid NOT NULL REFERENCES users (id),
  title           text NOT NULL,
  artist          text,
  album           text,
  genre           text,
  year            integer,
  bpm             integer,
  musical_key     text,
  tags            text[] NOT NULL DEFAULT '{}',
  lyrics          text,
  description     text,
  isrc            text,
  is_public       boolean NOT NULL,
  downloadable    boolean NOT NULL,
  status          text NOT NULL CHECK (status IN ('processing', 'ready', 'rejected', 'failed')),
  status_message  text,
  scan_status     text NOT NULL CHECK (scan_status IN ('clean', 'skipped')),
  format          text NOT NULL CHECK (format IN ('mp3', 'flac', 'wav', 'ogg', 'm4a', 'aac', 'aiff')),
  size_bytes      bigint NOT NULL CHECK (size_bytes > 0),
  content_hash    text NOT NULL,
  storage_backend text NOT NULL CHECK (storage_backend IN ('local', 's3')),
  storage_key     text NOT NULL UNIQUE,
  duration_ms     integer,
  codec           text,
  bitrate         integer,
  sample_rate     integer,
  channels        integer,
  lossless        boolean,
  waveform        bytea,
  like_count      integer NOT NULL DEFAULT 0 CHECK (like_count >= 0),
  play_count      integer NOT NULL DEFAULT 0 CHECK (play_count >= 0),
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  CHECK (status <> 'ready' OR duration_ms IS NOT NULL)
);
-- One index for each allowed sort of the public list, in keyset order.
CREATE INDEX tracks_public_created_at ON tracks (created_at, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_title ON tracks (title COLLATE "C", id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_plays ON tracks (play_count, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_likes ON tracks (like_count, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_duration ON tracks (duration_ms, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_user ON tracks (user_id, created_at, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_genre ON tracks (lower(genre), created_at, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_artist ON tracks (lower(artist), created_at, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_owner_content ON tracks (user_id, content_hash);
CREATE INDEX tracks_processing ON tracks (created_at) WHERE status = 'processing';

CREATE TABLE track_likes (
  track_id   uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (track_id, user_id)
);
CREATE INDEX track_likes_user ON track_likes (user_id, created_at);

CREATE TABLE track_shares (
  id         uuid PRIMARY KEY,
  track_id   uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  created_by uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  digest     bytea NOT NULL UNIQUE,
  permission text NOT NULL CHECK (permission IN ('stream', 'download')),
  expires_at timestamptz,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX track_shares_track ON track_shares (track_id);
CREATE INDEX track_shares_creator ON track_shares (created_by);
