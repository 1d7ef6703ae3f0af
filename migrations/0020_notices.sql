-- Since when a track is withheld from everybody for a claim of infringement.
ALTER TABLE tracks ADD COLUMN blocked_at timestamptz;

-- Notices of infringement (17 U.S.C. §512). They outlive the track; who claimed what is emptied when it is long over.
CREATE TABLE dmca_notices (
  id                uuid PRIMARY KEY,
  track_id          uuid NOT NULL,
  owner_id          uuid NOT NULL REFERENCES users (id),
  track_title       text,
  status            text NOT NULL CHECK (status IN ('received', 'taken_down', 'dismissed', 'countered', 'restored')),
  claimant_name     text,
  claimant_address  text,
  claimant_phone    text,
  claimant_email    text,
  on_behalf_of      text,
  signature         text,
  work_description  text NOT NULL,
  work_url          text,
  created_at        timestamptz NOT NULL,
  decided_at        timestamptz,
  decided_by        uuid REFERENCES users (id),
  reason            text,
  countered_at      timestamptz,
  counter_name      text,
  counter_address   text,
  counter_phone     text,
  counter_statement text,
  counter_signature text,
  restored_at       timestamptz,
  restored_by       uuid REFERENCES users (id),
  claimant_withdrew boolean,
  CHECK ((status = 'received') = (decided_at IS NULL)),
  CHECK (status <> 'countered' OR countered_at IS NOT NULL),
  CHECK ((status = 'restored') = (restored_at IS NOT NULL))
);
CREATE INDEX dmca_notices_created_at ON dmca_notices (created_at, id);
CREATE INDEX dmca_notices_status ON dmca_notices (status, created_at, id);
CREATE INDEX dmca_notices_track ON dmca_notices (track_id, created_at, id);
CREATE INDEX dmca_notices_owner ON dmca_notices (owner_id, id);
-- For the job that forgets people.
CREATE INDEX dmca_notices_with_people ON dmca_notices ((coalesce(restored_at, decided_at, created_at)))
  WHERE claimant_name IS NOT NULL OR counter_name IS NOT NULL;
