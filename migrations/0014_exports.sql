-- Exports of personal data, and what the deletion of an account must remember until its work is done.
ALTER TABLE users ADD COLUMN deleted_at timestamptz, ADD COLUMN anonymised_at timestamptz;
CREATE INDEX users_to_anonymise ON users (deleted_at) WHERE deleted_at IS NOT NULL AND anonymised_at IS NULL;
-- What the guard against deleting the last administrator asks for.
CREATE INDEX users_administrators ON users (id) WHERE role = 'admin';

CREATE TABLE exports (
  id           uuid PRIMARY KEY,
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  status       text NOT NULL CHECK (status IN ('pending', 'ready', 'failed', 'expired')),
  -- Each attempt writes a file of its own; the last one is the one that is offered.
  attempts     integer NOT NULL DEFAULT 0,
  leased_until timestamptz,
  size_bytes   bigint,
  requested_at timestamptz NOT NULL,
  ready_at     timestamptz,
  expires_at   timestamptz,
  -- When the files of an export that has ended were removed.
  cleaned_at   timestamptz,
  CHECK (status <> 'ready' OR (size_bytes IS NOT NULL AND expires_at IS NOT NULL))
);
CREATE INDEX exports_user ON exports (user_id, requested_at);
CREATE INDEX exports_pending ON exports (requested_at) WHERE status = 'pending';
CREATE INDEX exports_ready ON exports (expires_at) WHERE status = 'ready';
CREATE INDEX exports_uncleaned ON exports (requested_at) WHERE status IN ('failed', 'expired') AND cleaned_at IS NULL;
CREATE INDEX exports_cleaned ON exports (cleaned_at) WHERE cleaned_at IS NOT NULL;

-- Files of tracks whose rows are gone: written with the removal of the row, emptied once the file is gone too.
CREATE TABLE removed_track_files (
  storage_key text PRIMARY KEY,
  user_id     uuid NOT NULL,
  removed_at  timestamptz NOT NULL
);
CREATE INDEX removed_track_files_user ON removed_track_files (user_id);
-- An export reads the likes of somebody in this order, and the last clean-up removes them in it.
CREATE INDEX track_likes_owner ON track_likes (user_id, track_id);
