-- All times are unix seconds, except where a name ends in _ms. Truth values are 0 and 1.

-- Small facts about this installation, by name.
CREATE TABLE fact (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- How often each kind of record was changed: what other processes poll.
CREATE TABLE revision (
    topic  TEXT PRIMARY KEY,
    number BIGINT NOT NULL
);

-- The keys that secrets are sealed with, each sealed with the master key.
CREATE TABLE data_key (
    id         BIGINT PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE account (
    id             TEXT PRIMARY KEY,
    identity       BYTEA NOT NULL UNIQUE,
    label          TEXT NOT NULL,
    source         TEXT NOT NULL,
    position       BIGINT NOT NULL,
    device_id      TEXT NOT NULL,
    workspace      TEXT,
    egress_sealed  BYTEA,
    max_in_use     BIGINT,
    is_disabled    BIGINT NOT NULL,
    plan           TEXT,
    profile_sealed BYTEA,
    created_at     BIGINT NOT NULL,
    checked_at     BIGINT,
    cleared_at     BIGINT,
    clearing       TEXT
);
CREATE INDEX account_clearing ON account (clearing);

-- Written by importing and by refreshing, and by nothing else.
CREATE TABLE credential (
    account_id          TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    access_sealed       BYTEA,
    access_expires_at   BIGINT,
    refresh_sealed      BYTEA,
    refresh_fingerprint BYTEA,
    refresh_client      TEXT,
    generation          BIGINT NOT NULL,
    refreshed_at        BIGINT,
    lease_owner         TEXT,
    lease_until_ms      BIGINT,
    intent_at_ms        BIGINT
);

-- Every RefreshToken an account ever had, as a keyed digest.
CREATE TABLE credential_alias (
    fingerprint BYTEA PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    first_seen  BIGINT NOT NULL
);
CREATE INDEX credential_alias_account ON credential_alias (account_id);

CREATE TABLE account_health (
    account_id TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,
    reason     TEXT,
    since      BIGINT NOT NULL
);

CREATE TABLE cool_down (
    account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    scope      TEXT NOT NULL,
    until      BIGINT NOT NULL,
    source     TEXT NOT NULL,
    noted_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, scope)
);

-- A seed outlives its account: it is bound to another one at its next use.
CREATE TABLE seed (
    digest      TEXT PRIMARY KEY,
    name_sealed BYTEA NOT NULL,
    account_id  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    rebound_at  BIGINT,
    cleared_at  BIGINT,
    clearing    TEXT
);
CREATE INDEX seed_account ON seed (account_id);

CREATE TABLE conversation (
    id         TEXT PRIMARY KEY,
    identity   BYTEA NOT NULL,
    owner      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    cleared_at BIGINT,
    clearing   TEXT
);
CREATE INDEX conversation_owner ON conversation (owner, created_at, id);
CREATE INDEX conversation_created ON conversation (created_at);

-- A removed key stays without its digest, so that what it has used keeps its name.
CREATE TABLE gateway_key (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    digest      BYTEA UNIQUE,
    hint        TEXT NOT NULL,
    policy      TEXT NOT NULL,
    is_disabled BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    removed_at  BIGINT
);

-- What a key has used in a period, and what is set aside for requests under way.
CREATE TABLE key_spend (
    key_id          TEXT NOT NULL,
    period          TEXT NOT NULL,
    starts_at       BIGINT NOT NULL,
    requests        BIGINT NOT NULL,
    tokens          BIGINT NOT NULL,
    reserved_tokens BIGINT NOT NULL,
    PRIMARY KEY (key_id, period, starts_at)
);

-- One row for each period that a request under way is counted in.
CREATE TABLE reservation (
    request_id TEXT NOT NULL,
    period     TEXT NOT NULL,
    starts_at  BIGINT NOT NULL,
    key_id     TEXT NOT NULL,
    tokens     BIGINT NOT NULL,
    node       TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    PRIMARY KEY (request_id, period)
);
CREATE INDEX reservation_node ON reservation (node);

CREATE TABLE request_log (
    id                TEXT PRIMARY KEY,
    at                BIGINT NOT NULL,
    owner             TEXT NOT NULL,
    key_id            TEXT,
    account_id        TEXT,
    route             TEXT NOT NULL,
    model             TEXT,
    status            BIGINT NOT NULL,
    code              TEXT,
    prompt_tokens     BIGINT,
    completion_tokens BIGINT,
    duration_ms       BIGINT NOT NULL,
    attempts          BIGINT NOT NULL
);
CREATE INDEX request_log_at ON request_log (at, id);

CREATE TABLE usage_day (
    day               BIGINT NOT NULL,
    key_id            TEXT NOT NULL,
    account_id        TEXT NOT NULL,
    model             TEXT NOT NULL,
    requests          BIGINT NOT NULL,
    failures          BIGINT NOT NULL,
    prompt_tokens     BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    PRIMARY KEY (day, key_id, account_id, model)
);

CREATE TABLE session (
    digest       BYTEA PRIMARY KEY,
    kind         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);

CREATE TABLE setting_override (
    name         TEXT PRIMARY KEY,
    value_sealed BYTEA NOT NULL,
    changed_at   BIGINT NOT NULL
);

-- Where round robin goes on.
CREATE TABLE turn (
    name     TEXT PRIMARY KEY,
    position BIGINT NOT NULL
);

CREATE TABLE audit (
    number  BIGSERIAL PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT,
    detail  TEXT
);
CREATE INDEX audit_at ON audit (at);
