-- What stores say that recordings earned (40-distribution, "Royalties").

-- Statements as they came. A file that is being imported or was imported is not imported again; one that was refused may.
CREATE TABLE royalty_imports (
  id           uuid PRIMARY KEY,
  sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
  file_name    text NOT NULL,
  size_bytes   bigint NOT NULL,
  status       text NOT NULL CHECK (status IN ('pending', 'processing', 'imported', 'refused', 'failed')),
  attempts     integer NOT NULL DEFAULT 0,
  leased_until timestamptz,
  bytes_read   bigint NOT NULL DEFAULT 0,
  rows_read    integer NOT NULL DEFAULT 0,
  layout       text,
  -- The latest month of its lines: what is of earlier ones came late.
  period       text COLLATE "C",
  refusal      text,
  fault_count  integer NOT NULL DEFAULT 0,
  faults       jsonb NOT NULL DEFAULT '[]',
  requested_by uuid REFERENCES users (id),
  requested_at timestamptz NOT NULL,
  finished_at  timestamptz
);
CREATE UNIQUE INDEX royalty_imports_content ON royalty_imports (sha256)
  WHERE status IN ('pending', 'processing', 'imported');
CREATE INDEX royalty_imports_waiting ON royalty_imports (requested_at) WHERE status IN ('pending', 'processing');

-- Every line of every statement, to be shown and never changed. Without foreign key: a million lines arrive in the one
-- transaction that finishes their import, and imports are never removed.
CREATE TABLE royalty_lines (
  import_id       uuid NOT NULL,
  line            integer NOT NULL,
  period          text COLLATE "C" NOT NULL,
  platform        text COLLATE "C" NOT NULL,
  territory       text COLLATE "C" NOT NULL,
  -- An ISRC; of something sold as a whole, `UPC:` and its digits.
  recording       text COLLATE "C" NOT NULL,
  title           text NOT NULL,
  artist          text NOT NULL,
  quantity        bigint NOT NULL,
  currency        text COLLATE "C" NOT NULL,
  amount          numeric NOT NULL,
  stated_currency text,
  stated_rate     numeric,
  PRIMARY KEY (import_id, line)
);
CREATE INDEX royalty_lines_recording ON royalty_lines (import_id, recording);

-- What a recording earned in a month by one statement: the unit that is rounded, and split among who shares in it. Without
-- a track it waits in the queue of recordings that nobody here has.
CREATE TABLE royalty_earnings (
  id           uuid PRIMARY KEY,
  import_id    uuid NOT NULL REFERENCES royalty_imports (id),
  period       text COLLATE "C" NOT NULL,
  recording    text COLLATE "C" NOT NULL,
  currency     text COLLATE "C" NOT NULL,
  amount       numeric NOT NULL,
  -- Minor units of the currency; those of an import sum to its exact sum, rounded.
  amount_minor bigint NOT NULL,
  track_id     uuid,
  owner_id     uuid REFERENCES users (id),
  matched_at   timestamptz,
  CHECK (num_nulls(track_id, owner_id, matched_at) IN (0, 3)),
  UNIQUE (import_id, recording, period, currency)
);
CREATE INDEX royalty_earnings_unmatched ON royalty_earnings (recording, id) WHERE track_id IS NULL;
CREATE INDEX royalty_earnings_track ON royalty_earnings (track_id) WHERE track_id IS NOT NULL;
CREATE INDEX royalty_earnings_owner ON royalty_earnings (owner_id) WHERE owner_id IS NOT NULL;

-- Who gets what of it, by the shares of the moment it was matched.
CREATE TABLE royalty_splits (
  earning_id   uuid NOT NULL REFERENCES royalty_earnings (id),
  position     integer NOT NULL,
  name         text NOT NULL,
  user_id      uuid REFERENCES users (id),
  share_bps    integer NOT NULL CHECK (share_bps BETWEEN 1 AND 10000),
  amount_minor bigint NOT NULL,
  PRIMARY KEY (earning_id, position)
);
CREATE INDEX royalty_splits_user ON royalty_splits (user_id, earning_id) WHERE user_id IS NOT NULL;

-- What lists show: lines of one statement, month, platform, territory and recording, summed.
CREATE TABLE royalties (
  id         uuid PRIMARY KEY,
  import_id  uuid NOT NULL REFERENCES royalty_imports (id),
  earning_id uuid NOT NULL REFERENCES royalty_earnings (id),
  period     text COLLATE "C" NOT NULL,
  platform   text COLLATE "C" NOT NULL,
  territory  text COLLATE "C" NOT NULL,
  recording  text COLLATE "C" NOT NULL,
  currency   text COLLATE "C" NOT NULL,
  title      text NOT NULL,
  quantity   bigint NOT NULL,
  line_count integer NOT NULL,
  amount     numeric NOT NULL
);
CREATE INDEX royalties_latest ON royalties (period, id);
CREATE INDEX royalties_earning ON royalties (earning_id);

-- Who may see which of them: the owner of the track the whole, whoever shares in it that share.
CREATE TABLE royalty_claims (
  user_id    uuid NOT NULL REFERENCES users (id),
  period     text COLLATE "C" NOT NULL,
  royalty_id uuid NOT NULL REFERENCES royalties (id),
  is_owner   boolean NOT NULL,
  share_bps  integer NOT NULL CHECK (share_bps BETWEEN 0 AND 10000),
  PRIMARY KEY (user_id, period, royalty_id)
);

-- What one unit of a currency is worth in another, as an administrator stated it for a month.
CREATE TABLE royalty_rates (
  period    text COLLATE "C" NOT NULL,
  currency  text COLLATE "C" NOT NULL,
  target    text COLLATE "C" NOT NULL,
  rate      numeric NOT NULL CHECK (rate > 0),
  stated_by uuid REFERENCES users (id),
  stated_at timestamptz NOT NULL,
  PRIMARY KEY (target, currency, period),
  CHECK (currency <> target)
);
