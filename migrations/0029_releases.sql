-- What is sent to stores (40-distribution): a draft until its first submission, which takes its UPC and its ISRCs.
CREATE TABLE releases (
  id                uuid PRIMARY KEY,
  owner_id          uuid NOT NULL REFERENCES users (id),
  kind              text NOT NULL CHECK (kind IN ('single', 'ep', 'album')),
  title             text NOT NULL,
  -- GTIN-12 or GTIN-13 as it is written (GS1 General Specifications).
  upc               text,
  -- All that is said of it but its tracks, as the domain's schema of a draft has it.
  details           jsonb NOT NULL,
  cover_key         text,
  cover_hash        text,
  cover_format      text CHECK (cover_format IN ('jpeg', 'png')),
  cover_width       integer,
  cover_height      integer,
  cover_size_bytes  integer,
  cover_changed_at  timestamptz,
  -- Every change makes a new one: who changes what somebody else has changed meanwhile finds out.
  revision          integer NOT NULL DEFAULT 1,
  first_submitted_at timestamptz,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  CHECK (num_nulls(cover_key, cover_hash, cover_format, cover_width, cover_height, cover_size_bytes, cover_changed_at)
    IN (0, 7))
);
CREATE INDEX releases_owner ON releases (owner_id, created_at, id);
CREATE UNIQUE INDEX releases_cover_key ON releases (cover_key) WHERE cover_key IS NOT NULL;

-- Drafts may hold whatever was typed; a code under which a release went to a store is never another's.
CREATE TABLE release_upcs (
  upc        text PRIMARY KEY,
  release_id uuid NOT NULL REFERENCES releases (id),
  taken_at   timestamptz NOT NULL
);
CREATE INDEX release_upcs_release ON release_upcs (release_id);

-- The tracks of a release in their order. They may be gone from Veza while a store still sells them.
CREATE TABLE release_tracks (
  release_id uuid NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  position   integer NOT NULL CHECK (position >= 0),
  track_id   uuid NOT NULL,
  details    jsonb NOT NULL,
  PRIMARY KEY (release_id, position)
);
CREATE INDEX release_tracks_track ON release_tracks (track_id);

-- The ISRC of each track that was ever sent to a store. It outlives the track: stores report a recording's earnings long
-- after it was taken down, and a code is never used twice (ISO 3901:2019 §5).
CREATE TABLE recordings (
  track_id   uuid PRIMARY KEY,
  owner_id   uuid NOT NULL REFERENCES users (id),
  isrc       text NOT NULL UNIQUE CHECK (isrc ~ '^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$'),
  title      text NOT NULL,
  -- Made here from a prefix, rather than brought along.
  assigned   boolean NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX recordings_owner ON recordings (owner_id, track_id);

-- How many designations of a prefix and year were given out here.
CREATE TABLE isrc_counters (
  prefix text NOT NULL CHECK (prefix ~ '^[A-Z]{2}[A-Z0-9]{3}$'),
  year   integer NOT NULL CHECK (year BETWEEN 0 AND 99),
  last   integer NOT NULL CHECK (last BETWEEN 0 AND 99999),
  PRIMARY KEY (prefix, year)
);

-- Who gets which part of what a recording earns; the parts of one sum to 10 000, as the last accepted submission had them.
CREATE TABLE royalty_shares (
  track_id  uuid NOT NULL REFERENCES recordings (track_id),
  position  integer NOT NULL CHECK (position >= 0),
  name      text NOT NULL,
  user_id   uuid REFERENCES users (id),
  share_bps integer NOT NULL CHECK (share_bps BETWEEN 1 AND 10000),
  PRIMARY KEY (track_id, position)
);
CREATE INDEX royalty_shares_user ON royalty_shares (user_id, track_id) WHERE user_id IS NOT NULL;
