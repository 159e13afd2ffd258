//! Settings that the administration changed, over what the environment says. All are sealed,
//! because some are secrets.

use secrecy::SecretString;

use crate::database::{BUMP, Database, read_on_both, transaction};
use crate::database_error::DatabaseError;

/// What others poll to learn of changed settings.
const TOPIC: &str = "setting";

const COLUMN: &str = "setting_override.value";

type Row = (String, Vec<u8>, i64);

impl Database {
    /// Sets a setting.
    pub async fn set_override(
        &self,
        name: &str,
        value: &SecretString,
        now: i64,
    ) -> Result<(), DatabaseError> {
        let sealed = self.seal(COLUMN, name, value)?;
        let name = name.to_owned();
        transaction!(self, |connection| {
            sqlx::query(
                "INSERT INTO setting_override (name, value_sealed, changed_at) \
                 VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET \
                 value_sealed = excluded.value_sealed, changed_at = excluded.changed_at",
            )
            .bind(name)
            .bind(sealed)
            .bind(now)
            .execute(&mut *connection)
            .await?;
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
        })
    }

    /// All settings that were set, by name, with when that was.
    ///
    /// Fails when one does not open: a setting left out could be the one that protects.
    pub async fn overrides(&self) -> Result<Vec<(String, SecretString, i64)>, DatabaseError> {
        let rows: Vec<Row> = read_on_both!(self, |pool| {
            sqlx::query_as(
                "SELECT name, value_sealed, changed_at FROM setting_override ORDER BY name",
            )
            .fetch_all(pool)
            .await
        })?;
        let open = |(name, sealed, changed_at): Row| {
            let value = self.unseal(COLUMN, &name, &sealed)?;
            Ok((name, value, changed_at))
        };
        rows.into_iter().map(open).collect()
    }

    /// Gives a setting back to the environment; whether it was set.
    pub async fn remove_override(&self, name: &str) -> Result<bool, DatabaseError> {
        let name = name.to_owned();
        transaction!(self, |connection| {
            let removed = sqlx::query("DELETE FROM setting_override WHERE name = $1")
                .bind(name)
                .execute(&mut *connection)
                .await?
                .rows_affected();
            sqlx::query(BUMP)
                .bind(TOPIC)
                .execute(&mut *connection)
                .await?;
            removed > 0
        })
    }
}
