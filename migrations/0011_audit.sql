-- What happened, in a chain of hashes that shows whether it was tampered with; and who called, by day, for a while.

CREATE TABLE audit_entries (
  sequence    bigint PRIMARY KEY CHECK (sequence > 0),
  id          uuid NOT NULL UNIQUE,
  at          timestamptz NOT NULL,
  -- Text, not uuid: what was hashed must come back byte by byte.
  actor       text,
  action      text NOT NULL,
  resource    text NOT NULL,
  resource_id text,
  ip          text,
  user_agent  text,
  request_id  text,
  metadata    jsonb NOT NULL,
  -- Unique: two entries cannot both go on from the same one.
  previous    bytea NOT NULL UNIQUE CHECK (octet_length(previous) = 32),
  hash        bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
);
-- Lists of each filter, the latest first; the statistics need no more than the first of these.
CREATE INDEX audit_entries_at ON audit_entries (at, id) INCLUDE (action);
CREATE INDEX audit_entries_actor ON audit_entries (actor, at, id);
CREATE INDEX audit_entries_action ON audit_entries (action, at, id);
CREATE INDEX audit_entries_resource ON audit_entries (resource, at, id);
CREATE INDEX audit_entries_resource_id ON audit_entries (resource_id, at, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_append_only;

-- The end of the chain, so that cutting off its last entries shows. One row, locked by whoever extends the chain.
CREATE TABLE audit_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  sequence bigint NOT NULL,
  hash     bytea NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO audit_head (sequence, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE TABLE api_access (
  id         uuid NOT NULL,
  at         timestamptz NOT NULL,
  user_id    uuid NOT NULL,
  session_id uuid,
  api_key_id uuid,
  ip         text NOT NULL,
  user_agent text NOT NULL,
  method     text NOT NULL,
  route      text NOT NULL,
  status     integer NOT NULL,
  request_id text NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX api_access_user ON api_access (user_id, at);
-- For days that nobody has made room for: nothing is lost.
CREATE TABLE api_access_default PARTITION OF api_access DEFAULT;

-- Makes room for a day (UTC); what waits for it in the default partition moves. False when the room was there.
CREATE FUNCTION api_access_make_day(day date) RETURNS boolean LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  room text := 'api_access_' || to_char(day, 'YYYYMMDD');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('api_access_days'));
  IF to_regclass(room) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE api_access INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', room);
  LOCK TABLE api_access_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format(
    'WITH moved AS (DELETE FROM api_access_default WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
    day::timestamptz, (day + 1)::timestamptz, room);
  EXECUTE format('ALTER TABLE api_access ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
    room, day::timestamptz, (day + 1)::timestamptz);
  RETURN true;
END $$;

-- Drops the days (UTC) that were over at a moment, and what the default partition holds of that time; answers how many.
CREATE FUNCTION api_access_drop_days(before timestamptz) RETURNS integer LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
  room text;
  dropped integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('api_access_days'));
  FOR room IN
    SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = 'api_access'::regclass AND relname ~ '^api_access_\d{8}$'
      AND to_date(right(relname, 8), 'YYYYMMDD') + 1 <= before
  LOOP
    EXECUTE format('DROP TABLE %I', room);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM api_access_default WHERE at < date_trunc('day', before);
  RETURN dropped;
END $$;
