-- What callers made on accounts that others use too: messages, files, shared links and the like.
CREATE TABLE owned_object (
    id              TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    owner           TEXT NOT NULL,
    identity        BYTEA NOT NULL,
    conversation_id TEXT,
    created_at      BIGINT NOT NULL
);
CREATE INDEX owned_object_owner ON owned_object (owner, kind, created_at);
CREATE INDEX owned_object_created ON owned_object (created_at);

-- What a list of somebody's conversations shows of each.
CREATE TABLE listed_conversation (
    id           TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,
    title_sealed BYTEA,
    gizmo_id     TEXT,
    is_archived  BIGINT NOT NULL,
    is_starred   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX listed_conversation_owner ON listed_conversation (owner, is_archived, updated_at);
