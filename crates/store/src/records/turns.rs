//! Where round robin goes on after a restart, by the name of the round.

use crate::database::{Database, on_both, read_on_both};
use crate::database_error::DatabaseError;

impl Database {
    /// Where a round stands.
    pub async fn turn(&self, name: &str) -> Result<Option<i64>, DatabaseError> {
        let position = read_on_both!(self, |pool| {
            sqlx::query_scalar("SELECT position FROM turn WHERE name = $1")
                .bind(name)
                .fetch_optional(pool)
                .await
        })?;
        Ok(position)
    }

    /// Writes down where a round stands.
    pub async fn set_turn(&self, name: &str, position: i64) -> Result<(), DatabaseError> {
        on_both!(self, |pool| {
            sqlx::query(
                "INSERT INTO turn (name, position) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET position = excluded.position",
            )
            .bind(name)
            .bind(position)
            .execute(pool)
            .await
            .map(drop)
        })?;
        Ok(())
    }
}
