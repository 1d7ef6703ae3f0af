-- Of a day's listeners, `returned_within[n]` had listened on one of the n days before; the last element goes on for all
-- that follow. Those new to a period are the ones who had not listened within it: an exact count of distinct people for
-- any period, from one row a day instead of one for each day that somebody came back from.
ALTER TABLE track_play_days ADD COLUMN returned_within integer[] NOT NULL DEFAULT '{}'
  CHECK (cardinality(returned_within) <= 366);

UPDATE track_play_days SET returned_within = found.returned_within FROM (
  SELECT track_id, day, array_agg(within ORDER BY days) AS returned_within FROM (
    SELECT track_id, day, days, sum(coalesce(listeners, 0)) OVER (PARTITION BY track_id, day ORDER BY days)::int AS within
    FROM (
      SELECT track_id, day, generate_series(1, max(returned_after)) AS days FROM track_listener_days
      WHERE returned_after > 0 GROUP BY track_id, day) AS all_days
    LEFT JOIN (SELECT track_id, day, returned_after AS days, listeners FROM track_listener_days) AS known
      USING (track_id, day, days)) AS counted
  GROUP BY track_id, day) AS found
WHERE track_play_days.track_id = found.track_id AND track_play_days.day = found.day;

DROP TABLE track_listener_days;

-- Adds such counts, element by element.
CREATE FUNCTION add_returned(a integer[], b integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN cardinality(b) = 0 THEN a WHEN cardinality(a) = 0 THEN b ELSE (
    SELECT array_agg(coalesce(x, a[cardinality(a)]) + coalesce(y, b[cardinality(b)]) ORDER BY n)
    FROM unnest(a, b) WITH ORDINALITY AS t (x, y, n)) END
$$;
