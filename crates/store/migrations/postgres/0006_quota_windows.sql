-- What upstream said last of the spans of time in which so much of an account may be used.
CREATE TABLE quota_window (
    account_id   TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    used_percent BIGINT NOT NULL,
    minutes      BIGINT,
    resets_at    BIGINT,
    source       TEXT NOT NULL,
    noted_at     BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);
