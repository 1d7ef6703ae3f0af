-- Did the store say what became of the last message? A change of what is sold moves nothing, so its status does not tell:
-- where the store says nothing, it is asked.
ALTER TABLE submission_platforms ADD COLUMN answered boolean NOT NULL DEFAULT false;
CREATE INDEX submission_platforms_unanswered ON submission_platforms (asked_at, id)
  WHERE status = 'live' AND kind = 'update' AND NOT answered;
