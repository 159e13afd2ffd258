//! Responses that are kept, each for the caller that asked for it.
//!
//! One that is not over names the process that makes it. When that process is gone the response
//! is over too: nobody is left waiting for it.

use secrecy::SecretString;
use sqlx::FromRow;

use super::chats::{ChatTurn, STEP_BACK, join_chat};
use super::kept_items::{FORGET_OF, NewItem, insert_items};
use crate::database::{Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// A response as it is kept, without its items.
#[derive(Debug, Clone)]
pub struct KeptResponse {
    /// `resp_…`
    pub id: String,
    /// The response that it goes on from.
    pub previous_id: Option<String>,
    /// How far it is.
    pub status: String,
    /// When its maker was last heard of, in Unix seconds; nothing for one that is over.
    pub alive_at: Option<i64>,
    /// Whether its caller wants it to end.
    pub is_cancelled: bool,
    /// JSON, without the output.
    pub body: SecretString,
    /// The events of a stream that can be gone on with, one line of JSON each.
    pub events: Option<SecretString>,
    /// Unix seconds.
    pub created_at: i64,
}

/// A response that is to be kept.
#[derive(Debug, Clone)]
pub struct NewResponse {
    /// `resp_…`
    pub id: String,
    /// Whose it is.
    pub owner: String,
    /// The response that it goes on from.
    pub previous_id: Option<String>,
    /// The conversation that its items are added to when it is over.
    pub conversation_id: Option<String>,
    /// The chat that it belongs to.
    pub chat: Option<ChatTurn>,
    /// How far it is.
    pub status: String,
    /// The process that makes it; nothing for one that is over.
    pub node: Option<String>,
    /// Whether it is over and was kept when it began: if it is gone, its caller deleted it.
    pub was_begun: bool,
    /// JSON, without the output.
    pub body: SecretString,
    /// The events of a stream that can be gone on with.
    pub events: Option<SecretString>,
    /// What it consists of, what was said first.
    pub items: Vec<NewItem>,
    /// What is added to the conversation; nothing while it is not over.
    pub appended: Vec<NewItem>,
    /// Unix seconds.
    pub created_at: i64,
}

#[derive(FromRow)]
pub(super) struct Row {
    id: String,
    previous_id: Option<String>,
    status: String,
    alive_at: Option<i64>,
    is_cancelled: i64,
    body_sealed: Vec<u8>,
    events_sealed: Option<Vec<u8>>,
    created_at: i64,
}

const BODY: &str = "kept_response.body";
const EVENTS: &str = "kept_response.events";

const SELECT: &str = "SELECT id, previous_id, status, alive_at, is_cancelled, body_sealed, \
     events_sealed, created_at FROM kept_response WHERE id = $1 AND owner = $2";

const WRITE: &str = "INSERT INTO kept_response (id, owner, previous_id, conversation_id, status, \
     node, alive_at, is_cancelled, body_sealed, events_sealed, created_at, chat_id, \
     chat_position) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11, $12)";

const UPDATE: &str = "UPDATE kept_response SET status = $1, node = NULL, alive_at = NULL, \
     body_sealed = $2, events_sealed = $3 WHERE id = $4 AND owner = $5 AND node IS NOT NULL";

const ALIVE: &str = "UPDATE kept_response SET alive_at = $1, status = $2 \
     WHERE id = $3 AND node IS NOT NULL RETURNING is_cancelled";

const CANCEL: &str = "UPDATE kept_response SET is_cancelled = 1 WHERE id = $1 AND owner = $2";

/// The next place in a conversation, which is noted as used.
pub(super) const USE_CONVERSATION: &str =
    "UPDATE kept_conversation SET used_at = $1 WHERE id = $2 AND owner = $3 RETURNING id";
pub(super) const NEXT_POSITION: &str =
    "SELECT COALESCE(MAX(position), -1) + 1 FROM kept_item WHERE holder = $1";

impl Database {
    /// Keeps a response: one that begins, or one that is over.
    ///
    /// Fails with `NotFound` when it was deleted while it was made.
    pub async fn keep_response(&self, new: NewResponse) -> Result<(), DatabaseError> {
        let body = self.seal(BODY, &new.id, &new.body)?;
        let events = new.events.as_ref();
        let events = events
            .map(|it| self.seal(EVENTS, &new.id, it))
            .transpose()?;
        let items = self.seal_items(&new.id, 0, new.items)?;
        let title = self.seal_title_of(new.chat.as_ref())?;
        let database = self.clone();
        let alive_at = new.node.as_ref().map(|_| new.created_at);
        let begins = new.node.is_some();
        transaction!(self, |connection| {
            if new.was_begun {
                let updated = sqlx::query(UPDATE)
                    .bind(new.status.as_str())
                    .bind(body.as_slice())
                    .bind(events.as_deref())
                    .bind(new.id.as_str())
                    .bind(new.owner.as_str())
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                if updated == 0 {
                    return Err(DatabaseError::NotFound);
                }
            } else {
                let place = join_chat!(connection, new, title);
                sqlx::query(WRITE)
                    .bind(new.id.as_str())
                    .bind(new.owner.as_str())
                    .bind(new.previous_id.as_deref())
                    .bind(new.conversation_id.as_deref())
                    .bind(new.status.as_str())
                    .bind(new.node.as_deref())
                    .bind(alive_at)
                    .bind(body.as_slice())
                    .bind(events.as_deref())
                    .bind(new.created_at)
                    // A chat that is gone by now has no more responses.
                    .bind(place.and(new.chat.as_ref()).map(|it| it.chat_id.as_str()))
                    .bind(place)
                    .execute(&mut *connection)
                    .await?;
            }
            sqlx::query(FORGET_OF)
                .bind(new.id.as_str())
                .execute(&mut *connection)
                .await?;
            insert_items!(connection, &new.owner, &items, new.created_at);
            if let Some(conversation) = new.conversation_id.as_deref().filter(|_| !begins) {
                let used: Option<String> = sqlx::query_scalar(USE_CONVERSATION)
                    .bind(new.created_at)
                    .bind(conversation)
                    .bind(new.owner.as_str())
                    .fetch_optional(&mut *connection)
                    .await?;
                if used.is_some() {
                    let first: i64 = sqlx::query_scalar(NEXT_POSITION)
                        .bind(conversation)
                        .fetch_one(&mut *connection)
                        .await?;
                    let appended = database.seal_items(conversation, first, new.appended)?;
                    insert_items!(connection, &new.owner, &appended, new.created_at);
                }
            }
        })
    }

    /// An owner's response of that id.
    pub async fn kept_response(
        &self,
        owner: &str,
        id: &str,
    ) -> Result<Option<KeptResponse>, DatabaseError> {
        let row: Option<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(SELECT)
                .bind(id)
                .bind(owner)
                .fetch_optional(pool)
                .await
        })?;
        row.map(|row| self.open_response(row)).transpose()
    }

    /// Says that a response is being made; whether its caller wants it to end, or nothing if it
    /// is gone.
    pub async fn response_is_alive(
        &self,
        id: &str,
        status: &str,
        now: i64,
    ) -> Result<Option<bool>, DatabaseError> {
        let cancelled: Option<i64> = on_both!(self, |pool| {
            sqlx::query_scalar(ALIVE)
                .bind(now)
                .bind(status)
                .bind(id)
                .fetch_optional(pool)
                .await
        })?;
        Ok(cancelled.map(|it| it != 0))
    }

    /// Asks for a response to end, whichever process makes it; whether there is one.
    pub async fn cancel_response(&self, owner: &str, id: &str) -> Result<bool, DatabaseError> {
        let asked = on_both!(self, |pool| {
            sqlx::query(CANCEL)
                .bind(id)
                .bind(owner)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(asked > 0)
    }

    /// Forgets a response and its items; whether there was one.
    pub async fn forget_response(&self, owner: &str, id: &str) -> Result<bool, DatabaseError> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        transaction!(self, |connection| {
            sqlx::query(STEP_BACK)
                .bind(id.as_str())
                .bind(owner.as_str())
                .execute(&mut *connection)
                .await?;
            let gone = sqlx::query("DELETE FROM kept_response WHERE id = $1 AND owner = $2")
                .bind(id.as_str())
                .bind(owner)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            if gone > 0 {
                sqlx::query(FORGET_OF)
                    .bind(id)
                    .execute(&mut *connection)
                    .await?;
            }
            gone > 0
        })
    }

    /// Ends the responses that a process was making when it ended; how many there were.
    pub async fn abandon_responses(&self, node: &str) -> Result<u64, DatabaseError> {
        let ended = on_both!(self, |pool| {
            sqlx::query(
                "UPDATE kept_response SET status = 'failed', node = NULL, alive_at = NULL \
                 WHERE node = $1",
            )
            .bind(node)
            .execute(pool)
            .await
            .map(|it| it.rows_affected())
        })?;
        Ok(ended)
    }

    /// Ends the responses whose makers were not heard of since then; how many there were.
    pub async fn abandon_responses_before(&self, alive_at: i64) -> Result<u64, DatabaseError> {
        self.forget(
            "UPDATE kept_response SET status = 'failed', node = NULL, alive_at = NULL \
             WHERE node IS NOT NULL AND alive_at < $1",
            alive_at,
        )
        .await
    }

    /// Forgets the responses made and the conversations used before then; those of chats stay.
    pub async fn forget_responses_before(&self, at: i64) -> Result<u64, DatabaseError> {
        transaction!(self, |connection| {
            let mut gone = 0;
            for statement in [
                "DELETE FROM kept_item WHERE holder IN \
                 (SELECT id FROM kept_response WHERE created_at < $1 AND chat_id IS NULL)",
                "DELETE FROM kept_item WHERE holder IN \
                 (SELECT id FROM kept_conversation WHERE used_at < $1)",
                "DELETE FROM kept_response WHERE created_at < $1 AND chat_id IS NULL",
                "DELETE FROM kept_conversation WHERE used_at < $1",
            ] {
                gone += sqlx::query(statement)
                    .bind(at)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
            }
            gone
        })
    }

    pub(super) fn open_response(&self, row: Row) -> Result<KeptResponse, DatabaseError> {
        let events = row.events_sealed.as_deref();
        let events = events.map(|it| self.unseal(EVENTS, &row.id, it));
        Ok(KeptResponse {
            body: self.unseal(BODY, &row.id, &row.body_sealed)?,
            events: events.transpose()?,
            id: row.id,
            previous_id: row.previous_id,
            status: row.status,
            alive_at: row.alive_at,
            is_cancelled: row.is_cancelled != 0,
            created_at: row.created_at,
        })
    }
}
