//! Small facts about this installation, by name; not sealed, so no secrets.

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

impl Database {
    /// A fact.
    pub async fn fact(&self, name: &str) -> Result<Option<String>, DatabaseError> {
        let value = read_on_both!(self, |pool| {
            sqlx::query_scalar("SELECT value FROM fact WHERE name = $1")
                .bind(name)
                .fetch_optional(pool)
                .await
        })?;
        Ok(value)
    }

    /// Writes a fact down, in place of what stood there.
    pub async fn set_fact(&self, name: &str, value: &str) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query(
                "INSERT INTO fact (name, value) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }

    /// Writes a fact down if there is none, and gives the one that stands.
    pub async fn set_fact_once(&self, name: &str, value: &str) -> Result<String, DatabaseError> {
        let stands = on_both!(self, |pool| {
            // Updating to the same value is what makes the row come back.
            sqlx::query_scalar(
                "INSERT INTO fact (name, value) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET value = fact.value RETURNING value",
            )
            .bind(name)
            .bind(value)
            .fetch_one(pool)
            .await
        })?;
        Ok(stands)
    }

    /// Takes a fact away; of several who try one gets it.
    pub async fn take_fact(&self, name: &str) -> Result<Option<String>, DatabaseError> {
        let value = on_both!(self, |pool| {
            sqlx::query_scalar("DELETE FROM fact WHERE name = $1 RETURNING value")
                .bind(name)
                .fetch_optional(pool)
                .await
        })?;
        Ok(value)
    }
}
