-- Uploads that arrive in parts (tus 1.0) are leases like those of forms, in the same table and states.
ALTER TABLE uploads
  ADD COLUMN kind         text NOT NULL DEFAULT 'form' CHECK (kind IN ('form', 'resumable')),
  -- Where a file was or is about to be stored, the latest last: what a crash leaves there is found by them.
  ADD COLUMN places       jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN file_name    text,
  ADD COLUMN metadata     jsonb,
  -- The metadata as its sender wrote it.
  ADD COLUMN presented    text,
  ADD COLUMN length       bigint,
  -- Bytes that have reached the disk.
  ADD COLUMN received     bigint NOT NULL DEFAULT 0,
  ADD COLUMN track_id     uuid,
  -- Who is at work on it, and until when nobody else may be.
  ADD COLUMN holder       uuid,
  ADD COLUMN held_until   timestamptz,
  ADD CHECK (received BETWEEN 0 AND coalesce(length, 0)),
  ADD CHECK ((holder IS NULL) = (held_until IS NULL)),
  ADD CHECK (
    kind = 'form' OR (file_name IS NOT NULL AND metadata IS NOT NULL AND presented IS NOT NULL AND length > 0)
  );
CREATE INDEX uploads_resumable_user ON uploads (user_id, id) WHERE kind = 'resumable';
CREATE INDEX uploads_arrived ON uploads (created_at)
  WHERE kind = 'resumable' AND received = length AND state IN ('uploading', 'scanning');
-- What was accepted while no scanner was there, to be scanned later.
CREATE INDEX tracks_unscanned ON tracks (id) WHERE scan_status = 'skipped' AND status IN ('processing', 'ready');
