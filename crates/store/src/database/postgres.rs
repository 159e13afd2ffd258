//! Opening PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::Pools;
use crate::database_error::DatabaseError;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

const CONNECTIONS: u32 = 16;

/// How long a request waits for a connection before it is told that the store is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn open(url: &SecretString) -> Result<Pools, DatabaseError> {
    // The error's own text may repeat the URL, and with it the password.
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| DatabaseError::BadUrl)?
        .application_name("flowgpt")
        .options([
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "15s"),
            ("tcp_keepalives_idle", "10"),
        ]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    // Several processes may start at once: the migrations take a lock of their own.
    MIGRATIONS.run(&pool).await?;
    Ok(Pools::Postgres(pool))
}
