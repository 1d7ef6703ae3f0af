-- Whether the provider vouched for the address by which the account was made, or its owner linked the identity; one that
-- is neither ends with a reset of the password by mail.
ALTER TABLE oauth_identities ADD COLUMN is_vouched boolean NOT NULL DEFAULT true;
