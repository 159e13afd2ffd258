-- Responses that are kept, without their items; what they say is sealed.
CREATE TABLE kept_response (
    id               TEXT PRIMARY KEY,
    owner            TEXT NOT NULL,
    previous_id      TEXT,
    conversation_id  TEXT,
    status           TEXT NOT NULL,
    -- Who makes it, and when that was last heard of; only while it is not over.
    node             TEXT,
    alive_at         INTEGER,
    is_cancelled     INTEGER NOT NULL,
    body_sealed      BLOB NOT NULL,
    -- The events of a stream that can be gone on with.
    events_sealed    BLOB,
    created_at       INTEGER NOT NULL
);
CREATE INDEX kept_response_created ON kept_response (created_at);
CREATE INDEX kept_response_node ON kept_response (node);

-- Conversations of the Responses API; those of ChatGPT are in another table.
CREATE TABLE kept_conversation (
    id              TEXT PRIMARY KEY,
    owner           TEXT NOT NULL,
    metadata_sealed BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    used_at         INTEGER NOT NULL
);
CREATE INDEX kept_conversation_used ON kept_conversation (used_at);

-- What responses and conversations consist of. An item may be in several of them.
CREATE TABLE kept_item (
    key         TEXT PRIMARY KEY,
    id          TEXT NOT NULL,
    owner       TEXT NOT NULL,
    -- A response or a conversation.
    holder      TEXT NOT NULL,
    position    INTEGER NOT NULL,
    is_output   INTEGER NOT NULL,
    item_sealed BLOB NOT NULL,
    created_at  INTEGER NOT NULL
);
CREATE INDEX kept_item_holder ON kept_item (holder, position);
CREATE INDEX kept_item_id ON kept_item (owner, id);
