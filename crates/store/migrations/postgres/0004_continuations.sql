-- Where upstream's conversation stands that a chat can be gone on with: found by a keyed digest
-- of who asks, the model, and all that was said.
CREATE TABLE continuation (
    key             BYTEA PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    -- The answer that the next message hangs on.
    message_id      TEXT NOT NULL,
    -- The ChatGPT account that has the conversation.
    identity        BYTEA NOT NULL,
    is_kept         BIGINT NOT NULL,
    used_at         BIGINT NOT NULL
);
CREATE INDEX continuation_used ON continuation (used_at);
CREATE INDEX continuation_conversation ON continuation (conversation_id);
