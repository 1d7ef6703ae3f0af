-- The tracks that a store may sell: those it was told of last, and before that where it did not say yet that it took a
-- change. A claim against any of them takes the release down.
ALTER TABLE submission_platforms ADD COLUMN tracks uuid[] NOT NULL DEFAULT '{}';
UPDATE submission_platforms SET tracks = ARRAY(
  SELECT (t ->> 'track_id')::uuid FROM jsonb_array_elements(content -> 'tracks') t);
ALTER TABLE submission_platforms ALTER COLUMN tracks DROP DEFAULT;
DROP INDEX submission_platforms_content;
CREATE INDEX submission_platforms_tracks ON submission_platforms USING gin (tracks);

-- An EAN that begins with 0 is the UPC behind that: one code, which one release may have.
UPDATE release_upcs u SET upc = substr(upc, 2)
  WHERE upc ~ '^0[0-9]{12}$' AND NOT EXISTS (SELECT 1 FROM release_upcs o WHERE o.upc = substr(u.upc, 2));

-- Since when a store is known to sell a recording. Whoever only says that an ISRC is theirs is credited with nothing of it.
ALTER TABLE recordings ADD COLUMN sold_at timestamptz;
UPDATE recordings r SET sold_at = sold.at
  FROM (SELECT unnest(tracks) AS track_id, min(live_at) AS at FROM submission_platforms WHERE live_at IS NOT NULL GROUP BY 1) sold
  WHERE sold.track_id = r.track_id;
