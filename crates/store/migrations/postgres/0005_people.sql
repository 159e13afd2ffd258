-- Who is signed in to the web chat, and with what. The cookie's value is here as a digest only.
CREATE TABLE web_session (
    digest            TEXT PRIMARY KEY,
    credential_sealed BYTEA NOT NULL,
    created_at        BIGINT NOT NULL,
    last_seen_at      BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL
);
CREATE INDEX web_session_expires ON web_session (expires_at);

-- Chats of the web chat: each is a tree of kept responses.
CREATE TABLE chat (
    id           TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,
    -- Nothing until somebody names it or asks something.
    title_sealed BYTEA,
    model        TEXT,
    -- The response that was looked at last: the end of one branch.
    leaf         TEXT,
    is_pinned    BIGINT NOT NULL,
    is_archived  BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    -- It can be brought back for a while.
    deleted_at   BIGINT
);
CREATE INDEX chat_listed ON chat (owner, is_archived, is_pinned, updated_at, id);
CREATE INDEX chat_deleted ON chat (deleted_at);

-- A response of a chat goes with it, however old it is; its place is the order of making.
ALTER TABLE kept_response ADD COLUMN chat_id TEXT;
ALTER TABLE kept_response ADD COLUMN chat_position BIGINT;
CREATE INDEX kept_response_chat ON kept_response (chat_id, chat_position);
