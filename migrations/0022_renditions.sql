-- The renditions of a track as they were published: what playing over HLS needs to know, in one read with the rest.
ALTER TABLE tracks ADD COLUMN hls jsonb;

CREATE TABLE rendition_builds (
  track_id   uuid PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
  attempts   integer NOT NULL DEFAULT 0,
  due_at     timestamptz NOT NULL,
  -- Of the attempt that is under way.
  build      uuid,
  held_until timestamptz,
  failed_at  timestamptz,
  last_error text
);
CREATE INDEX rendition_builds_due ON rendition_builds (due_at, track_id) WHERE failed_at IS NULL;
CREATE INDEX rendition_builds_failed ON rendition_builds (track_id) WHERE failed_at IS NOT NULL;
