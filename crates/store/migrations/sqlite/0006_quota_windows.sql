-- What upstream said last of the spans of time in which so much of an account may be used.
CREATE TABLE quota_window (
    account_id   TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    used_percent INTEGER NOT NULL,
    minutes      INTEGER,
    resets_at    INTEGER,
    source       TEXT NOT NULL,
    noted_at     INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
);
