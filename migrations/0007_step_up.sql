-- When a session last proved a password or a second factor, and when it passed the second one.
ALTER TABLE sessions ADD COLUMN authenticated_at timestamptz, ADD COLUMN second_factor_at timestamptz;
UPDATE sessions SET authenticated_at = created_at;
ALTER TABLE sessions ALTER COLUMN authenticated_at SET NOT NULL;
