-- The files of one owner, whose id stands in their keys: a deleted account's are looked for by it.
CREATE INDEX image_files_owner ON image_files (storage_key text_pattern_ops);
