//! Conversations of the Responses API: named lists of items, each for the caller that made it.
//!
//! Those of ChatGPT are in `conversations`.

use secrecy::SecretString;

use super::kept_items::{FORGET_OF, NewItem, insert_items};
use super::kept_responses::{NEXT_POSITION, USE_CONVERSATION};
use crate::database::{Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// A conversation as it is kept, without its items.
#[derive(Debug, Clone)]
pub struct KeptConversation {
    /// `conv_…`
    pub id: String,
    /// JSON.
    pub metadata: SecretString,
    /// Unix seconds.
    pub created_at: i64,
}

const PLACE: &str = "kept_conversation.metadata";

type Row = (String, Vec<u8>, i64);

impl Database {
    /// Makes a conversation with its first items.
    pub async fn keep_conversation(
        &self,
        owner: &str,
        new: KeptConversation,
        items: Vec<NewItem>,
    ) -> Result<(), DatabaseError> {
        let metadata = self.seal(PLACE, &new.id, &new.metadata)?;
        let items = self.seal_items(&new.id, 0, items)?;
        let owner = owner.to_owned();
        transaction!(self, |connection| {
            sqlx::query(
                "INSERT INTO kept_conversation (id, owner, metadata_sealed, created_at, used_at) \
                 VALUES ($1, $2, $3, $4, $4)",
            )
            .bind(new.id.as_str())
            .bind(owner.as_str())
            .bind(metadata)
            .bind(new.created_at)
            .execute(&mut *connection)
            .await?;
            insert_items!(connection, &owner, &items, new.created_at);
        })
    }

    /// An owner's conversation of that id.
    pub async fn kept_conversation(
        &self,
        owner: &str,
        id: &str,
    ) -> Result<Option<KeptConversation>, DatabaseError> {
        let row: Option<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT id, metadata_sealed, created_at FROM kept_conversation \
                 WHERE id = $1 AND owner = $2",
            )
            .bind(id)
            .bind(owner)
            .fetch_optional(pool)
            .await
        })?;
        let read = |(id, sealed, created_at): Row| {
            Ok(KeptConversation {
                metadata: self.unseal(PLACE, &id, &sealed)?,
                id,
                created_at,
            })
        };
        row.map(read).transpose()
    }

    /// Says what is noted about a conversation; whether there is one.
    pub async fn note_conversation(
        &self,
        owner: &str,
        id: &str,
        metadata: &SecretString,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let sealed = self.seal(PLACE, id, metadata)?;
        let changed = on_both!(self, |pool| {
            sqlx::query(
                "UPDATE kept_conversation SET metadata_sealed = $1, used_at = $2 \
                 WHERE id = $3 AND owner = $4",
            )
            .bind(sealed)
            .bind(now)
            .bind(id)
            .bind(owner)
            .execute(pool)
            .await
            .map(|it| it.rows_affected())
        })?;
        Ok(changed > 0)
    }

    /// Adds items at the end of a conversation; fails with `NotFound` when there is none.
    pub async fn add_to_conversation(
        &self,
        owner: &str,
        id: &str,
        items: Vec<NewItem>,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        let database = self.clone();
        transaction!(self, |connection| {
            let used: Option<String> = sqlx::query_scalar(USE_CONVERSATION)
                .bind(now)
                .bind(id.as_str())
                .bind(owner.as_str())
                .fetch_optional(&mut *connection)
                .await?;
            used.ok_or(DatabaseError::NotFound)?;
            let first: i64 = sqlx::query_scalar(NEXT_POSITION)
                .bind(id.as_str())
                .fetch_one(&mut *connection)
                .await?;
            let items = database.seal_items(&id, first, items)?;
            insert_items!(connection, &owner, &items, now);
        })
    }

    /// Forgets a conversation and its items; whether there was one.
    pub async fn forget_kept_conversation(
        &self,
        owner: &str,
        id: &str,
    ) -> Result<bool, DatabaseError> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        transaction!(self, |connection| {
            let gone = sqlx::query("DELETE FROM kept_conversation WHERE id = $1 AND owner = $2")
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
}
