-- What the stream server last said of a track (20-tracks, "Stream server contract").
CREATE TABLE track_streams (
  track_id     uuid PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
  status       text NOT NULL CHECK (status IN ('ready', 'failed')),
  manifest_url text,
  duration_ms  integer CHECK (duration_ms >= 0),
  error        text,
  reported_at  timestamptz NOT NULL,
  CHECK ((status = 'ready') = (manifest_url IS NOT NULL))
);
