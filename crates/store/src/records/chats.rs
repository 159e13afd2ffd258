//! Chats: each is a tree of kept responses of one owner, with a title that is sealed.
//!
//! A chat that is deleted can be brought back until it is purged; what it consists of goes then.

use std::collections::HashMap;

use secrecy::SecretString;
use sqlx::FromRow;

use super::kept_items::{HeldRow, KeptItem};
use super::kept_responses::{self, KeptResponse};
use crate::database::{Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// A chat as it is stored.
#[derive(Debug, Clone)]
pub struct StoredChat {
    /// `chat_…`
    pub id: String,
    /// Nothing until somebody names it or asks something.
    pub title: Option<SecretString>,
    /// The model that was asked last.
    pub model: Option<String>,
    /// The response that was looked at last.
    pub leaf: Option<String>,
    /// The response that is being made.
    pub running: Option<String>,
    /// Whether it is listed first.
    pub is_pinned: bool,
    /// Whether it is in the archive.
    pub is_archived: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// When something was last asked in it.
    pub updated_at: i64,
}

/// A chat that is to be made.
#[derive(Debug, Clone)]
pub struct NewChat {
    /// `chat_…`
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// Its title, if it has one.
    pub title: Option<SecretString>,
    /// The model, if it has one.
    pub model: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
}

/// What is changed of a chat; nothing leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct ChatPatch {
    /// Its title.
    pub title: Option<SecretString>,
    /// Whether it is listed first.
    pub is_pinned: Option<bool>,
    /// Whether it is in the archive.
    pub is_archived: Option<bool>,
    /// One of its responses.
    pub leaf: Option<String>,
}

/// The place of a response in a chat, for [`super::NewResponse`].
#[derive(Debug, Clone)]
pub struct ChatTurn {
    /// The chat.
    pub chat_id: String,
    /// What the chat is called if it has no title yet.
    pub title: Option<SecretString>,
    /// The model that is asked.
    pub model: String,
}

/// A place in the list of chats: those after it are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatPlace {
    /// Whether the chat there is pinned.
    pub is_pinned: bool,
    /// When something was last asked in it.
    pub updated_at: i64,
    /// Its id.
    pub id: String,
}

/// One response of a chat with its items.
#[derive(Debug, Clone)]
pub struct StoredTurn {
    /// The response, without the events of its stream.
    pub response: KeptResponse,
    /// What was said in it, and what came of it, in order.
    pub items: Vec<KeptItem>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    title_sealed: Option<Vec<u8>>,
    model: Option<String>,
    leaf: Option<String>,
    running: Option<String>,
    is_pinned: i64,
    is_archived: i64,
    created_at: i64,
    updated_at: i64,
}

const TITLE: &str = "chat.title";

/// The members of a chat; `$1` is since when whoever makes a response must have been heard of.
macro_rules! select_chat {
    ($rest:literal) => {
        concat!(
            "SELECT id, title_sealed, model, leaf, is_pinned, is_archived, created_at, \
             updated_at, (SELECT made.id FROM kept_response made WHERE made.chat_id = chat.id \
             AND made.node IS NOT NULL AND made.alive_at >= $1 \
             ORDER BY made.chat_position DESC LIMIT 1) AS running FROM chat \
             WHERE deleted_at IS NULL AND owner = $2 AND ",
            $rest
        )
    };
}

const ONE: &str = select_chat!("id = $3");

const LIST: &str = select_chat!(
    "is_archived = $3 AND (is_pinned, updated_at, id) < ($4, $5, $6) \
     ORDER BY is_pinned DESC, updated_at DESC, id DESC LIMIT $7"
);

const CHANGE: &str = "UPDATE chat SET title_sealed = COALESCE($1, title_sealed), \
     is_pinned = COALESCE($2, is_pinned), is_archived = COALESCE($3, is_archived), \
     leaf = COALESCE($4, leaf) WHERE id = $5 AND owner = $6 AND deleted_at IS NULL \
     AND ($4 IS NULL OR EXISTS (SELECT 1 FROM kept_response made \
     WHERE made.id = $4 AND made.chat_id = chat.id))";

const TURNS: &str = "SELECT id, previous_id, status, alive_at, is_cancelled, body_sealed, \
     NULL AS events_sealed, created_at FROM kept_response \
     WHERE chat_id = $1 AND owner = $2 ORDER BY chat_position";

const ITEMS: &str = "SELECT holder, key, id, position, is_output, item_sealed FROM kept_item \
     WHERE owner = $2 AND holder IN (SELECT id FROM kept_response WHERE chat_id = $1) \
     ORDER BY holder, position";

const SHORT_ITEMS: &str = "SELECT item.holder, item.key, item.id, item.position, \
     item.is_output, item.item_sealed FROM kept_item item \
     JOIN kept_response made ON made.id = item.holder \
     WHERE made.chat_id = $1 AND item.owner = $2 AND length(item.item_sealed) <= $3 \
     ORDER BY made.chat_position DESC, item.position DESC LIMIT 500";

/// Notes a response in its chat, which it becomes the leaf of.
pub(super) const JOIN: &str = "UPDATE chat SET leaf = $1, updated_at = $2, model = $3, \
     title_sealed = COALESCE(title_sealed, $4) WHERE id = $5 AND owner = $6 RETURNING id";

pub(super) const NEXT_PLACE: &str =
    "SELECT COALESCE(MAX(chat_position), -1) + 1 FROM kept_response WHERE chat_id = $1";

/// Notes a new response in its chat, inside a transaction; its place there, if there is a chat.
macro_rules! join_chat {
    ($connection:ident, $new:ident, $title:ident) => {
        match &$new.chat {
            Some(chat) => {
                // Waits for another response of the chat, so that each has a place of its own.
                let joined: Option<String> = sqlx::query_scalar($crate::records::chats::JOIN)
                    .bind($new.id.as_str())
                    .bind($new.created_at)
                    .bind(chat.model.as_str())
                    .bind($title.as_deref())
                    .bind(chat.chat_id.as_str())
                    .bind($new.owner.as_str())
                    .fetch_optional(&mut *$connection)
                    .await?;
                let next: i64 = sqlx::query_scalar($crate::records::chats::NEXT_PLACE)
                    .bind(chat.chat_id.as_str())
                    .fetch_one(&mut *$connection)
                    .await?;
                joined.map(|_| next)
            }
            None => None,
        }
    };
}
pub(super) use join_chat;

/// The leaf of a chat whose leaf is deleted is the one before.
pub(super) const STEP_BACK: &str = "UPDATE chat SET leaf = \
     (SELECT previous_id FROM kept_response WHERE id = $1) WHERE leaf = $1 AND owner = $2";

impl Database {
    /// Makes a chat.
    pub async fn create_chat(&self, new: NewChat) -> Result<(), DatabaseError> {
        let title = self.seal_title(&new.id, new.title.as_ref())?;
        on_both!(self, |pool| {
            sqlx::query(
                "INSERT INTO chat (id, owner, title_sealed, model, is_pinned, is_archived, \
                 created_at, updated_at) VALUES ($1, $2, $3, $4, 0, 0, $5, $5)",
            )
            .bind(new.id.as_str())
            .bind(new.owner.as_str())
            .bind(title.as_deref())
            .bind(new.model.as_deref())
            .bind(new.created_at)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// An owner's chat of that id; whoever makes a response was heard of since `alive_since`.
    pub async fn chat(
        &self,
        owner: &str,
        id: &str,
        alive_since: i64,
    ) -> Result<Option<StoredChat>, DatabaseError> {
        let row: Option<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(ONE)
                .bind(alive_since)
                .bind(owner)
                .bind(id)
                .fetch_optional(pool)
                .await
        })?;
        row.map(|row| self.open_chat(row)).transpose()
    }

    /// An owner's chats after a place: the pinned ones first, then the newest.
    pub async fn chats(
        &self,
        owner: &str,
        is_archived: bool,
        after: Option<&ChatPlace>,
        limit: u32,
        alive_since: i64,
    ) -> Result<Vec<StoredChat>, DatabaseError> {
        // Nothing is pinned twice, so this is before the first one.
        let (pinned, updated_at, id) = after.map_or((2, 0, ""), |it| {
            (i64::from(it.is_pinned), it.updated_at, it.id.as_str())
        });
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(LIST)
                .bind(alive_since)
                .bind(owner)
                .bind(i64::from(is_archived))
                .bind(pinned)
                .bind(updated_at)
                .bind(id)
                .bind(i64::from(limit))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(|row| self.open_chat(row)).collect()
    }

    /// Changes a chat; whether it is there, and the new leaf with it.
    pub async fn change_chat(
        &self,
        owner: &str,
        id: &str,
        patch: ChatPatch,
    ) -> Result<bool, DatabaseError> {
        let title = self.seal_title(id, patch.title.as_ref())?;
        let changed = on_both!(self, |pool| {
            sqlx::query(CHANGE)
                .bind(title.as_deref())
                .bind(patch.is_pinned.map(i64::from))
                .bind(patch.is_archived.map(i64::from))
                .bind(patch.leaf.as_deref())
                .bind(id)
                .bind(owner)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(changed > 0)
    }

    /// Deletes a chat, which can be brought back until it is purged; whether it was there.
    pub async fn delete_chat(
        &self,
        owner: &str,
        id: &str,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        self.mark_chat(
            "UPDATE chat SET deleted_at = $1 WHERE id = $2 AND owner = $3 AND deleted_at IS NULL",
            (now, id, owner),
        )
        .await
    }

    /// Brings back a chat that was deleted after that moment; whether there was one.
    pub async fn restore_chat(
        &self,
        owner: &str,
        id: &str,
        since: i64,
    ) -> Result<bool, DatabaseError> {
        self.mark_chat(
            "UPDATE chat SET deleted_at = NULL WHERE deleted_at > $1 AND id = $2 AND owner = $3",
            (since, id, owner),
        )
        .await
    }

    /// Removes the chats that were deleted up to then, with all that was said; how many.
    pub async fn purge_chats(&self, until: i64) -> Result<u64, DatabaseError> {
        transaction!(self, |connection| {
            let mut gone = 0;
            for statement in [
                "DELETE FROM kept_item WHERE holder IN (SELECT made.id FROM kept_response made \
                 JOIN chat ON chat.id = made.chat_id WHERE chat.deleted_at <= $1)",
                "DELETE FROM kept_response WHERE chat_id IN \
                 (SELECT id FROM chat WHERE deleted_at <= $1)",
                "DELETE FROM chat WHERE deleted_at <= $1",
            ] {
                gone = sqlx::query(statement)
                    .bind(until)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
            }
            gone
        })
    }

    /// Everything that was said in a chat, in the order it was asked.
    pub async fn chat_turns(
        &self,
        owner: &str,
        id: &str,
    ) -> Result<Vec<StoredTurn>, DatabaseError> {
        let responses: Vec<kept_responses::Row> = read_on_both!(self, |pool| {
            sqlx::query_as(TURNS)
                .bind(id)
                .bind(owner)
                .fetch_all(pool)
                .await
        })?;
        let rows: Vec<HeldRow> = read_on_both!(self, |pool| {
            sqlx::query_as(ITEMS)
                .bind(id)
                .bind(owner)
                .fetch_all(pool)
                .await
        })?;
        let mut held: HashMap<String, Vec<KeptItem>> = HashMap::new();
        for row in rows {
            let (holder, item) = self.open_held_item(row)?;
            held.entry(holder).or_default().push(item);
        }
        let turns = responses.into_iter().map(|row| {
            let response = self.open_response(row)?;
            let items = held.remove(&response.id).unwrap_or_default();
            Ok(StoredTurn { response, items })
        });
        turns.collect()
    }

    /// The items of a chat that are not longer than that, the newest first, and not more than 500:
    /// a search looks into many chats.
    pub async fn short_chat_items(
        &self,
        owner: &str,
        id: &str,
        longest_bytes: i64,
    ) -> Result<Vec<KeptItem>, DatabaseError> {
        let rows: Vec<HeldRow> = read_on_both!(self, |pool| {
            sqlx::query_as(SHORT_ITEMS)
                .bind(id)
                .bind(owner)
                .bind(longest_bytes)
                .fetch_all(pool)
                .await
        })?;
        let items = rows.into_iter().map(|row| self.open_held_item(row));
        items.map(|item| item.map(|(_, item)| item)).collect()
    }

    async fn mark_chat(
        &self,
        statement: &'static str,
        (at, id, owner): (i64, &str, &str),
    ) -> Result<bool, DatabaseError> {
        let marked = on_both!(self, |pool| {
            sqlx::query(statement)
                .bind(at)
                .bind(id)
                .bind(owner)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(marked > 0)
    }

    /// A title sealed for its chat.
    fn seal_title(
        &self,
        id: &str,
        title: Option<&SecretString>,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        title.map(|title| self.seal(TITLE, id, title)).transpose()
    }

    /// What a chat is called if a response is the first thing in it, sealed.
    pub(super) fn seal_title_of(
        &self,
        turn: Option<&ChatTurn>,
    ) -> Result<Option<Vec<u8>>, DatabaseError> {
        let sealed = turn.map(|turn| self.seal_title(&turn.chat_id, turn.title.as_ref()));
        Ok(sealed.transpose()?.flatten())
    }

    fn open_chat(&self, row: Row) -> Result<StoredChat, DatabaseError> {
        let title = row.title_sealed.as_deref();
        let title = title.map(|it| self.unseal(TITLE, &row.id, it));
        Ok(StoredChat {
            title: title.transpose()?,
            id: row.id,
            model: row.model,
            leaf: row.leaf,
            running: row.running,
            is_pinned: row.is_pinned != 0,
            is_archived: row.is_archived != 0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
