-- All times are unix seconds, except where a name ends in _ms. Truth values are 0 and 1.

-- Small facts about this installation, by name.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- How often each kind of record was changed: what other processes poll.
CREATE TABLE revision (
    topic  TEXT PRIMARY KEY,
    number INTEGER NOT NULL
);

-- The keys that secrets are sealed with, each sealed with the master key.
CREATE TABLE data_key (
    id         INTEGER PRIMARY KEY,
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE account (
    id             TEXT PRIMARY KEY,
    identity       BLOB NOT NULL UNIQUE,
    label          TEXT NOT NULL,
    source         TEXT NOT NULL,
    position       INTEGER NOT NULL,
    device_id      TEXT NOT NULL,
    workspace      TEXT,
    egress_sealed  BLOB,
    max_in_use     INTEGER,
    is_disabled    INTEGER NOT NULL,
    plan           TEXT,
    profile_sealed BLOB,
    created_at     INTEGER NOT NULL,
    checked_at     INTEGER,
    cleared_at     INTEGER,
    clearing       TEXT
);
CREATE INDEX account_clearing ON account (clearing);

-- Written by importing and by refreshing, and by nothing else.
CREATE TABLE credential (
    account_id          TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    access_sealed       BLOB,
    access_expires_at   INTEGER,
    refresh_sealed      BLOB,
    refresh_fingerprint BLOB,
    refresh_client      TEXT,
    generation          INTEGER NOT NULL,
    refreshed_at        INTEGER,
    lease_owner         TEXT,
    lease_until_ms      INTEGER,
    intent_at_ms        INTEGER
);

-- Every RefreshToken an account ever had, as a keyed digest.
CREATE TABLE credential_alias (
    fingerprint BLOB PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    first_seen  INTEGER NOT NULL
);
CREATE INDEX credential_alias_account ON credential_alias (account_id);

CREATE TABLE account_health (
    account_id TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,
    reason     TEXT,
    since      INTEGER NOT NULL
);

CREATE TABLE cool_down (
    account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    scope      TEXT NOT NULL,
    until      INTEGER NOT NULL,
    source     TEXT NOT NULL,
    noted_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, scope)
);

-- A seed outlives its account: it is bound to another one at its next use.
CREATE TABLE seed (
    digest      TEXT PRIMARY KEY,
    name_sealed BLOB NOT NULL,
    account_id  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    rebound_at  INTEGER,
    cleared_at  INTEGER,
    clearing    TEXT
);
CREATE INDEX seed_account ON seed (account_id);

CREATE TABLE conversation (
    id         TEXT PRIMARY KEY,
    identity   BLOB NOT NULL,
    owner      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    cleared_at INTEGER,
    clearing   TEXT
);
CREATE INDEX conversation_owner ON conversation (owner, created_at, id);
CREATE INDEX conversation_created ON conversation (created_at);

-- A removed key stays without its digest, so that what it has used keeps its name.
CREATE TABLE gateway_key (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    digest      BLOB UNIQUE,
    hint        TEXT NOT NULL,
    policy      TEXT NOT NULL,
    is_disabled INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    removed_at  INTEGER
);

-- What a key has used in a period, and what is set aside for requests under way.
CREATE TABLE key_spend (
    key_id          TEXT NOT NULL,
    period          TEXT NOT NULL,
    starts_at       INTEGER NOT NULL,
    requests        INTEGER NOT NULL,
    tokens          INTEGER NOT NULL,
    reserved_tokens INTEGER NOT NULL,
    PRIMARY KEY (key_id, period, starts_at)
);

-- One row for each period that a request under way is counted in.
CREATE TABLE reservation (
    request_id TEXT NOT NULL,
    period     TEXT NOT NULL,
    starts_at  INTEGER NOT NULL,
    key_id     TEXT NOT NULL,
    tokens     INTEGER NOT NULL,
    node       TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    PRIMARY KEY (request_id, period)
);
CREATE INDEX reservation_node ON reservation (node);

CREATE TABLE request_log (
    id                TEXT PRIMARY KEY,
    at                INTEGER NOT NULL,
    owner             TEXT NOT NULL,
    key_id            TEXT,
    account_id        TEXT,
    route             TEXT NOT NULL,
    model             TEXT,
    status            INTEGER NOT NULL,
    code              TEXT,
    prompt_tokens     INTEGER,
    completion_tokens INTEGER,
    duration_ms       INTEGER NOT NULL,
    attempts          INTEGER NOT NULL
);
CREATE INDEX request_log_at ON request_log (at, id);

CREATE TABLE usage_day (
    day               INTEGER NOT NULL,
    key_id            TEXT NOT NULL,
    account_id        TEXT NOT NULL,
    model             TEXT NOT NULL,
    requests          INTEGER NOT NULL,
    failures          INTEGER NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    PRIMARY KEY (day, key_id, account_id, model)
);

CREATE TABLE session (
    digest       BLOB PRIMARY KEY,
    kind         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
);

CREATE TABLE setting_override (
    name         TEXT PRIMARY KEY,
    value_sealed BLOB NOT NULL,
    changed_at   INTEGER NOT NULL
);

-- Where round robin goes on.
CREATE TABLE turn (
    name     TEXT PRIMARY KEY,
    position INTEGER NOT NULL
);

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT,
    detail  TEXT
);
CREATE INDEX audit_at ON audit (at);
