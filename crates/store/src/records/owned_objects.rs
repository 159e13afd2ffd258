//! Whose the things are that callers made on accounts which others use too.
//!
//! A thing is named by upstream's id of it, whatever it is. Written before the id is shown to
//! anybody: the first owner stays. Conversations have a record of their own. Used by `accounts`.

use sqlx::{FromRow, QueryBuilder};

use crate::database::{Database, on_both, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// A thing as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedObject {
    /// Upstream's id of it.
    pub id: String,
    /// What it is, by the word of whoever wrote it down.
    pub kind: String,
    /// Whose it is, by `accounts`' word.
    pub owner: String,
    /// What tells the ChatGPT account that has it from others.
    pub identity: [u8; 16],
    /// The conversation it stands in, if it stands in one.
    pub conversation_id: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    kind: String,
    owner: String,
    identity: Vec<u8>,
    conversation_id: Option<String>,
}

const REMEMBER: &str = "INSERT INTO owned_object \
     (id, kind, owner, identity, conversation_id, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING owner";

const FIND: &str =
    "SELECT id, kind, owner, identity, conversation_id FROM owned_object WHERE id IN (";

const OF_OWNER: &str = "SELECT id, kind, owner, identity, conversation_id FROM owned_object \
     WHERE owner = $1 AND kind = $2 ORDER BY created_at DESC, id";

impl Database {
    /// Remembers things; whether all of them are now their owner's, and none is another's.
    pub async fn remember_objects(
        &self,
        mut objects: Vec<OwnedObject>,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        // In the order of the ids: two batches side by side must not wait for each other.
        objects.sort_by(|a, b| a.id.cmp(&b.id));
        transaction!(self, |connection| {
            let mut all_own = true;
            for it in &objects {
                let owner: String = sqlx::query_scalar(REMEMBER)
                    .bind(it.id.as_str())
                    .bind(it.kind.as_str())
                    .bind(it.owner.as_str())
                    .bind(it.identity.as_slice())
                    .bind(it.conversation_id.as_deref())
                    .bind(now)
                    .fetch_one(&mut *connection)
                    .await?;
                all_own &= owner == it.owner;
            }
            all_own
        })
    }

    /// Those of these ids that are known.
    pub async fn owned_objects(&self, ids: &[String]) -> Result<Vec<OwnedObject>, DatabaseError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            let mut query = QueryBuilder::new(FIND);
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id.as_str());
            }
            query.push(")");
            // Kept ready for every length of the list, statements would fill memory.
            let query = query.build_query_as().persistent(false);
            query.fetch_all(pool).await
        })?;
        rows.into_iter().map(Row::read).collect()
    }

    /// All things of a kind that somebody has, the newest first.
    pub async fn objects_of(
        &self,
        owner: &str,
        kind: &str,
    ) -> Result<Vec<OwnedObject>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(OF_OWNER)
                .bind(owner)
                .bind(kind)
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Forgets a thing of somebody's that is gone.
    pub async fn forget_object(&self, owner: &str, id: &str) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query("DELETE FROM owned_object WHERE id = $1 AND owner = $2")
                .bind(id)
                .bind(owner)
                .execute(pool)
                .await
                .map(drop)
        })?;
        Ok(())
    }

    /// Forgets all that somebody had who is gone, their conversations too.
    pub async fn forget_owner(&self, owner: &str) -> Result<(), DatabaseError> {
        let owner = owner.to_owned();
        transaction!(self, |connection| {
            for statement in [
                "DELETE FROM owned_object WHERE owner = $1",
                "DELETE FROM listed_conversation WHERE owner = $1",
                "DELETE FROM conversation WHERE owner = $1",
            ] {
                sqlx::query(statement)
                    .bind(owner.as_str())
                    .execute(&mut *connection)
                    .await?;
            }
        })
    }

    /// Forgets what was made before then, unless it stands in a conversation that is listed.
    pub async fn forget_objects_before(&self, at: i64) -> Result<u64, DatabaseError> {
        let statement = "DELETE FROM owned_object WHERE created_at < $1 AND NOT EXISTS \
             (SELECT 1 FROM listed_conversation listed \
             WHERE listed.id = owned_object.conversation_id)";
        self.forget(statement, at).await
    }
}

impl Row {
    fn read(self) -> Result<OwnedObject, DatabaseError> {
        let identity = self.identity.try_into();
        Ok(OwnedObject {
            id: self.id,
            kind: self.kind,
            owner: self.owner,
            identity: identity.map_err(|_| DatabaseError::BadRecord("owned_object"))?,
            conversation_id: self.conversation_id,
        })
    }
}
