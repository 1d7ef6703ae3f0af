-- The picture that a track shows, as profile images are kept, and how loud it is (ITU-R BS.1770-4, EBU Tech 3342).
ALTER TABLE tracks
  ADD COLUMN cover_key text,
  ADD COLUMN cover_hash text,
  ADD COLUMN cover_changed_at timestamptz,
  ADD COLUMN integrated_lufs double precision,
  ADD COLUMN range_lu double precision,
  ADD COLUMN true_peak_dbtp double precision,
  ADD CONSTRAINT tracks_cover_whole CHECK (num_nulls(cover_key, cover_hash, cover_changed_at) IN (0, 3)),
  ADD CONSTRAINT tracks_loudness_whole CHECK (num_nulls(integrated_lufs, range_lu, true_peak_dbtp) IN (0, 3));
-- What the sweep of images looks up.
CREATE UNIQUE INDEX tracks_cover_key ON tracks (cover_key) WHERE cover_key IS NOT NULL;
