-- What was listened to. Plays are counted from reports, kept for a while, and rolled up into counts by day for good.

-- How far a client has come with one track. It names nobody, and is forgotten two days after it began.
CREATE TABLE play_sessions (
  track_id    uuid NOT NULL,
  session_id  uuid NOT NULL,
  began_at    timestamptz NOT NULL,
  reported_at timestamptz NOT NULL,
  position_ms integer NOT NULL,
  listened_ms integer NOT NULL,
  furthest_ms integer NOT NULL,
  verdict     text NOT NULL CHECK (verdict IN ('open', 'counted', 'repeated')),
  counted_on  date CHECK ((counted_on IS NOT NULL) = (verdict = 'counted')),
  completed   boolean NOT NULL,
  PRIMARY KEY (track_id, session_id)
);
-- By the beginning, which reports leave alone: what they change stays out of every index.
CREATE INDEX play_sessions_began_at ON play_sessions (began_at);

-- Who was counted for a track just now, by a digest whose key changes every day.
CREATE TABLE recent_plays (
  track_id   uuid NOT NULL,
  listener   uuid NOT NULL,
  counted_at timestamptz NOT NULL,
  PRIMARY KEY (track_id, listener)
);
CREATE INDEX recent_plays_counted_at ON recent_plays (counted_at);

-- Append-only. No reference to the track: it would lock the row of the track that everybody listens to.
CREATE TABLE play_events (
  id       uuid NOT NULL,
  at       timestamptz NOT NULL,
  track_id uuid NOT NULL,
  kind     text NOT NULL CHECK (kind IN ('play', 'completion')),
  -- The day (UTC) it counts for; a completion counts for that of its play.
  day      date NOT NULL,
  user_id  uuid,
  visitor  uuid,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX play_events_user ON play_events (user_id, track_id, at, id) WHERE user_id IS NOT NULL;
-- For months that nobody has made room for: nothing is lost.
CREATE TABLE play_events_default PARTITION OF play_events DEFAULT;

-- The events that no count holds yet: each is taken out in the transaction that counts it.
CREATE TABLE play_pending (
  id         uuid PRIMARY KEY,
  track_id   uuid NOT NULL,
  kind       text NOT NULL,
  day        date NOT NULL,
  user_id    uuid,
  visitor    uuid,
  written_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE track_play_days (
  track_id    uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  day         date NOT NULL,
  plays       integer NOT NULL,
  completions integer NOT NULL,
  listeners   integer NOT NULL,
  PRIMARY KEY (track_id, day)
);

-- The last day on which somebody listened to a track: tells who is new on a day, and after how long somebody came back.
CREATE TABLE track_listeners (
  track_id   uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  listener   uuid NOT NULL,
  is_visitor boolean NOT NULL,
  last_day   date NOT NULL,
  PRIMARY KEY (track_id, listener)
);
CREATE INDEX track_listeners_user ON track_listeners (listener) WHERE NOT is_visitor;
CREATE INDEX track_listeners_last_day ON track_listeners (last_day, is_visitor);

-- How many listened on a day, by the days since they did so before; 0 for the first time within a year. Those of a
-- period are the ones whose day before lies outside of it: an exact count of distinct people, whatever the period.
CREATE TABLE track_listener_days (
  track_id       uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  day            date NOT NULL,
  returned_after smallint NOT NULL CHECK (returned_after BETWEEN 0 AND 366),
  listeners      integer NOT NULL,
  PRIMARY KEY (track_id, day, returned_after)
);

-- What happened to a track, for its owner. The id is that of the event.
CREATE TABLE track_changes (
  id        uuid PRIMARY KEY,
  track_id  uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
  at        timestamptz NOT NULL,
  type      text NOT NULL,
  made_by   text NOT NULL CHECK (made_by IN ('owner', 'staff', 'system')),
  fields    text[] NOT NULL,
  is_public boolean
);
CREATE INDEX track_changes_track ON track_changes (track_id, at, id);

-- Makes room for a month (UTC); what waits for it in the default partition moves. False when the room was there.
CREATE FUNCTION play_events_make_month(month date) RETURNS boolean LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  first date := date_trunc('month', month);
  beyond date := first + interval '1 month';
  room text := 'play_events_' || to_char(first, 'YYYYMM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('play_events_months'));
  IF to_regclass(room) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE play_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', room);
  LOCK TABLE play_events_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format(
    'WITH moved AS (DELETE FROM play_events_default WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
    first::timestamptz, beyond::timestamptz, room);
  EXECUTE format('ALTER TABLE play_events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    room, first::timestamptz, beyond::timestamptz);
  RETURN true;
END $$;

-- Drops the months (UTC) that were over at a moment, and what the default partition holds of them; answers how many.
CREATE FUNCTION play_events_drop_months(before timestamptz) RETURNS integer LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  room text;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('play_events_months'));
  FOR room IN
    SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = 'play_events'::regclass AND relname ~ '^play_events_\d{6}$'
      AND to_date(right(relname, 6), 'YYYYMM') + interval '1 month' <= before
  LOOP
    EXECUTE format('DROP TABLE %I', room);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM play_events_default WHERE at < date_trunc('month', before);
  RETURN dropped;
END $$;
