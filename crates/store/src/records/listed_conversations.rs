//! What a list of somebody's conversations shows of each, so that upstream's own list, which has
//! everybody's, is never asked.
//!
//! Whose a conversation is, `conversations` says; one that was cleared there is not listed.
//! Titles are sealed. Used by `accounts`.

use secrecy::SecretString;
use sqlx::FromRow;

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

/// A conversation in a list.
#[derive(Debug, Clone)]
pub struct ListedConversation {
    /// Upstream's id of it.
    pub id: String,
    /// Its title, once there is one.
    pub title: Option<SecretString>,
    /// The GPT it is with.
    pub gizmo_id: Option<String>,
    /// Whether it is in the archive.
    pub is_archived: bool,
    /// Whether it is starred.
    pub is_starred: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// When something was last asked in it.
    pub updated_at: i64,
}

/// What is changed of one; nothing leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct ListedPatch {
    /// Its title.
    pub title: Option<SecretString>,
    /// Whether it is in the archive.
    pub is_archived: Option<bool>,
    /// Whether it is starred.
    pub is_starred: Option<bool>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct ListedPage {
    /// Whether it is the archive that is wanted.
    pub is_archived: bool,
    /// Only those that are starred, or only those that are not.
    pub is_starred: Option<bool>,
    /// Whether they go by when they were made; by when something was last asked otherwise.
    pub by_creation: bool,
    /// How many are passed over.
    pub offset: i64,
    /// How many there are at most.
    pub limit: i64,
}

#[derive(FromRow)]
struct Row {
    id: String,
    title_sealed: Option<Vec<u8>>,
    gizmo_id: Option<String>,
    is_archived: i64,
    is_starred: i64,
    created_at: i64,
    updated_at: i64,
}

const TITLE: &str = "listed_conversation.title";

/// Those of an owner that are listed: `$1` is the owner, `$2` the archive, `$3` the stars.
macro_rules! listed {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM listed_conversation listed JOIN conversation \
             ON conversation.id = listed.id AND conversation.owner = listed.owner \
             AND conversation.cleared_at IS NULL WHERE listed.owner = $1 \
             AND listed.is_archived = $2 AND listed.is_starred = COALESCE($3, listed.is_starred) ",
            $rest
        )
    };
}

/// The same, as a page in an order.
macro_rules! page {
    ($order:literal) => {
        listed!(
            "listed.id, listed.title_sealed, listed.gizmo_id, listed.is_archived, \
             listed.is_starred, listed.created_at, listed.updated_at",
            $order
        )
    };
}

const TOTAL: &str = listed!("COUNT(*)", "");
const BY_CREATION: &str = page!("ORDER BY listed.created_at DESC, listed.id LIMIT $4 OFFSET $5");
const BY_UPDATE: &str = page!("ORDER BY listed.updated_at DESC, listed.id LIMIT $4 OFFSET $5");

const LIST: &str = "INSERT INTO listed_conversation (id, owner, title_sealed, gizmo_id, \
     is_archived, is_starred, created_at, updated_at) VALUES ($1, $2, NULL, $3, 0, 0, $4, $4) \
     ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at \
     WHERE listed_conversation.owner = excluded.owner";

const CHANGE: &str = "UPDATE listed_conversation SET \
     title_sealed = COALESCE($1, title_sealed), is_archived = COALESCE($2, is_archived), \
     is_starred = COALESCE($3, is_starred) WHERE id = $4 AND owner = $5";

impl Database {
    /// Lists a conversation, or notes that something was asked in it.
    pub async fn list_conversation(
        &self,
        owner: &str,
        id: &str,
        gizmo_id: Option<&str>,
        now: i64,
    ) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query(LIST)
                .bind(id)
                .bind(owner)
                .bind(gizmo_id)
                .bind(now)
                .execute(pool)
                .await
                .map(drop)
        })?;
        Ok(())
    }

    /// A part of somebody's list, and how many there are in all of it.
    pub async fn listed_conversations(
        &self,
        owner: &str,
        page: ListedPage,
    ) -> Result<(Vec<ListedConversation>, i64), DatabaseError> {
        let starred = page.is_starred.map(i64::from);
        let archived = i64::from(page.is_archived);
        let total: i64 = read_on_both!(self, |pool| {
            sqlx::query_scalar(TOTAL)
                .bind(owner)
                .bind(archived)
                .bind(starred)
                .fetch_one(pool)
                .await
        })?;
        let statement = if page.by_creation {
            BY_CREATION
        } else {
            BY_UPDATE
        };
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(statement)
                .bind(owner)
                .bind(archived)
                .bind(starred)
                .bind(page.limit)
                .bind(page.offset)
                .fetch_all(pool)
                .await
        })?;
        let rows: Result<_, _> = rows.into_iter().map(|row| self.open_listed(row)).collect();
        Ok((rows?, total))
    }

    /// Changes what a list shows of somebody's conversation; whether it is listed.
    pub async fn change_listed(
        &self,
        owner: &str,
        id: &str,
        patch: &ListedPatch,
    ) -> Result<bool, DatabaseError> {
        let title = patch.title.as_ref();
        let title = title.map(|it| self.seal(TITLE, id, it)).transpose()?;
        let changed = on_both!(self, |pool| {
            sqlx::query(CHANGE)
                .bind(title.as_deref())
                .bind(patch.is_archived.map(i64::from))
                .bind(patch.is_starred.map(i64::from))
                .bind(id)
                .bind(owner)
                .execute(pool)
                .await
                .map(|it| it.rows_affected())
        })?;
        Ok(changed > 0)
    }

    /// Takes somebody's conversation off the list.
    pub async fn unlist_conversation(&self, owner: &str, id: &str) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query("DELETE FROM listed_conversation WHERE id = $1 AND owner = $2")
                .bind(id)
                .bind(owner)
                .execute(pool)
                .await
                .map(drop)
        })?;
        Ok(())
    }

    fn open_listed(&self, row: Row) -> Result<ListedConversation, DatabaseError> {
        let title = row.title_sealed.as_deref();
        let title = title.map(|it| self.unseal(TITLE, &row.id, it));
        Ok(ListedConversation {
            title: title.transpose()?,
            id: row.id,
            gizmo_id: row.gizmo_id,
            is_archived: row.is_archived != 0,
            is_starred: row.is_starred != 0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
