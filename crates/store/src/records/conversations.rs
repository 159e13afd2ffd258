//! Who began a conversation, and as which ChatGPT account.
//!
//! Written once, before the caller learns the conversation's id: the first owner stays.

use sqlx::FromRow;

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

/// A conversation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConversation {
    /// Upstream's id of it.
    pub id: String,
    /// What tells the ChatGPT account that has it from others.
    pub identity: [u8; 16],
    /// Who began it, by `accounts`' word.
    pub owner: String,
    /// Unix seconds.
    pub created_at: i64,
}

#[derive(FromRow)]
struct Row {
    id: String,
    identity: Vec<u8>,
    owner: String,
    created_at: i64,
}

/// One that was cleared counts as never seen.
const REMEMBER: &str = "INSERT INTO conversation (id, identity, owner, created_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET \
     identity = CASE WHEN conversation.cleared_at IS NULL \
     THEN conversation.identity ELSE excluded.identity END, \
     owner = CASE WHEN conversation.cleared_at IS NULL \
     THEN conversation.owner ELSE excluded.owner END, \
     created_at = CASE WHEN conversation.cleared_at IS NULL \
     THEN conversation.created_at ELSE excluded.created_at END, \
     cleared_at = NULL, clearing = NULL \
     RETURNING id, identity, owner, created_at";

const SELECT: &str = "SELECT id, identity, owner, created_at FROM conversation \
     WHERE id = $1 AND cleared_at IS NULL";

impl Database {
    /// Remembers a conversation; what comes back is what stands, which may be another's.
    pub async fn remember_conversation(
        &self,
        id: &str,
        identity: [u8; 16],
        owner: &str,
        now: i64,
    ) -> Result<StoredConversation, DatabaseError> {
        let row: Row = on_both!(self, |pool| {
            sqlx::query_as(REMEMBER)
                .bind(id)
                .bind(identity.as_slice())
                .bind(owner)
                .bind(now)
                .fetch_one(pool)
                .await
        })?;
        row.read()
    }

    /// The conversation of that id.
    pub async fn conversation(
        &self,
        id: &str,
    ) -> Result<Option<StoredConversation>, DatabaseError> {
        let row: Option<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(SELECT).bind(id).fetch_optional(pool).await
        })?;
        row.map(Row::read).transpose()
    }

    /// Forgets the conversations that were begun before then, but for those that are listed.
    pub async fn forget_conversations_before(&self, at: i64) -> Result<u64, DatabaseError> {
        let statement = "DELETE FROM conversation WHERE created_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM listed_conversation listed WHERE listed.id = conversation.id)";
        self.forget(statement, at).await
    }
}

impl Row {
    fn read(self) -> Result<StoredConversation, DatabaseError> {
        let identity = self.identity.try_into();
        Ok(StoredConversation {
            id: self.id,
            identity: identity.map_err(|_| DatabaseError::BadRecord("conversation"))?,
            owner: self.owner,
            created_at: self.created_at,
        })
    }
}
