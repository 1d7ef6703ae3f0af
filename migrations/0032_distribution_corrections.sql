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
