-- Files lie in the store that their row names, and a note about one that no row refers to any more must name it too.
ALTER TABLE removed_track_files
  ADD COLUMN storage_backend text NOT NULL DEFAULT 'local' CHECK (storage_backend IN ('local', 's3')),
  -- Until then somebody is about to remove the file, and nothing may be put there.
  ADD COLUMN claimed_until timestamptz;
ALTER TABLE removed_track_files
  ALTER COLUMN storage_backend DROP DEFAULT,
  DROP CONSTRAINT removed_track_files_pkey,
  ADD PRIMARY KEY (storage_backend, storage_key);
CREATE INDEX removed_track_files_removed_at ON removed_track_files (storage_backend, removed_at);

-- Moving between stores goes through those of one store by id.
CREATE INDEX tracks_storage_backend ON tracks (storage_backend, id);

-- How far the look for files without a row has come in each store.
CREATE TABLE storage_sweeps (
  storage_backend text PRIMARY KEY CHECK (storage_backend IN ('local', 's3')),
  storage_key     text NOT NULL
);
