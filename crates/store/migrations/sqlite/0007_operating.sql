-- How long a caller waited for the first text, and which driver answered.
ALTER TABLE request_log ADD COLUMN first_text_ms INTEGER;
ALTER TABLE request_log ADD COLUMN driver TEXT;

-- When an account was used last, and what went wrong with it last.
CREATE INDEX request_log_account ON request_log (account_id, at);
CREATE INDEX request_log_failed ON request_log (account_id, at) WHERE code IS NOT NULL;

-- The value a key had before it was rotated, which opens for a while longer.
ALTER TABLE gateway_key ADD COLUMN previous_digest BLOB;
ALTER TABLE gateway_key ADD COLUMN previous_until INTEGER;
