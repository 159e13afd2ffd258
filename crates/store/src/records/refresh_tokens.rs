//! All RefreshTokens at once, unclaimed: for an export, which seals them and exchanges none.
//!
//! Called by `accounts`.

use std::collections::HashMap;

use secrecy::SecretString;

use super::accounts::AccountId;
use crate::database::{Database, read_on_both};
use crate::database_error::DatabaseError;

const SELECT: &str =
    "SELECT account_id, refresh_sealed FROM credential WHERE refresh_sealed IS NOT NULL";

impl Database {
    /// The RefreshTokens of all accounts that have one; those that do not open are left out.
    pub async fn refresh_tokens(&self) -> Result<HashMap<AccountId, SecretString>, DatabaseError> {
        let rows: Vec<(String, Vec<u8>)> = read_on_both!(self, |pool| {
            sqlx::query_as(SELECT).fetch_all(pool).await
        })?;
        let open = |(row, sealed): (String, Vec<u8>)| {
            let token = self.unseal("credential.refresh", &row, &sealed).ok()?;
            Some((row.parse().ok()?, token))
        };
        Ok(rows.into_iter().filter_map(open).collect())
    }
}
