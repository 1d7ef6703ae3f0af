-- A token without an owner does nothing: it is written so that asking for a link is the same work for any address.
ALTER TABLE mail_tokens ALTER COLUMN user_id DROP NOT NULL;
CREATE INDEX mail_tokens_expires_at ON mail_tokens (expires_at);
