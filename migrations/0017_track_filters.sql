-- What the public list is filtered by (20-tracks, "Reading"): an index for each filter.
CREATE INDEX tracks_public_key ON tracks (lower(musical_key), created_at, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_bpm ON tracks (bpm, created_at, id) WHERE status = 'ready' AND is_public;
CREATE INDEX tracks_public_year ON tracks (year, created_at, id) WHERE status = 'ready' AND is_public;

CREATE FUNCTION tags_folded(tags text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT coalesce(array_agg(lower(tag)), '{}') FROM unnest(tags) AS tag $$;
CREATE INDEX tracks_public_tags ON tracks USING gin (tags_folded(tags)) WHERE status = 'ready' AND is_public;

-- The words of title, artist and album without accents: what is no letter or digit divides words, as in the domain's
-- searchWords. The parser alone would take "AC/DC" for a file name.
CREATE FUNCTION search_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT to_tsvector('simple', regexp_replace(regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g'),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]', ' ', 'g')) $$;
ALTER TABLE tracks ADD COLUMN search tsvector
  GENERATED ALWAYS AS (search_words(title || ' ' || coalesce(artist, '') || ' ' || coalesce(album, ''))) STORED;
CREATE INDEX tracks_public_search ON tracks USING gin (search) WHERE status = 'ready' AND is_public;
