//! What was done in the administration, by whom and when. No secret is in it.

use sqlx::FromRow;

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, in unix seconds.
    pub at: i64,
    /// Who did it, by `admin`'s word.
    pub actor: String,
    /// What was done, by `admin`'s word.
    pub action: String,
    /// What it was done to.
    pub subject: Option<String>,
    /// What else is worth knowing.
    pub detail: Option<String>,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAudit {
    /// Its number; later entries have higher ones.
    pub id: i64,
    /// What was done.
    pub entry: AuditEntry,
}

#[derive(FromRow)]
struct Row {
    number: i64,
    at: i64,
    actor: String,
    action: String,
    subject: Option<String>,
    detail: Option<String>,
}

impl Database {
    /// Writes down what was done.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query(
                "INSERT INTO audit (at, actor, action, subject, detail) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(entry.at)
            .bind(entry.actor)
            .bind(entry.action)
            .bind(entry.subject)
            .bind(entry.detail)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// Entries, the newest first; `before_id` is the one that a page ended with.
    pub async fn audit_entries(
        &self,
        limit: i64,
        before_id: Option<i64>,
    ) -> Result<Vec<StoredAudit>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT number, at, actor, action, subject, detail FROM audit \
                 WHERE number < $1 ORDER BY number DESC LIMIT $2",
            )
            .bind(before_id.unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(pool)
            .await
        })?;
        Ok(rows.into_iter().map(Row::read).collect())
    }

    /// Forgets what was done before then.
    pub async fn forget_audit_before(&self, at: i64) -> Result<u64, DatabaseError> {
        self.forget("DELETE FROM audit WHERE at < $1", at).await
    }
}

impl Row {
    fn read(self) -> StoredAudit {
        StoredAudit {
            id: self.number,
            entry: AuditEntry {
                at: self.at,
                actor: self.actor,
                action: self.action,
                subject: self.subject,
                detail: self.detail,
            },
        }
    }
}
