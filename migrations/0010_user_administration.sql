-- Since when and why somebody is banned; both are empty again when the ban ends.
ALTER TABLE users ADD COLUMN banned_at timestamptz, ADD COLUMN ban_reason text;

-- One index for each allowed sort of the list of users, in keyset order, and for its search by prefix.
CREATE INDEX users_list_created_at ON users (created_at, id);
CREATE INDEX users_list_username ON users (username COLLATE "C", id);
CREATE INDEX users_list_email ON users (email COLLATE "C", id);
CREATE INDEX users_username_prefix ON users (lower(username) text_pattern_ops);
CREATE INDEX users_email_prefix ON users (lower(email) text_pattern_ops);
-- Whoever takes an administrator away looks at all of them first.
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';
