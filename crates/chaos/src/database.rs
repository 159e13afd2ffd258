//! The database of a pass, read with SQL of its own: what the product says of it is not believed.
//! PostgreSQL gets a new database that is dropped in the end. Used by `pass` and `checks`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use url::Url;

/// Where the product stores things.
#[derive(Clone, Debug)]
pub(crate) enum Backend {
    /// The embedded database, in this file.
    Sqlite(PathBuf),
    /// A database of its own on the tests' server: the server, the database's name and its URL.
    Postgres {
        server: String,
        name: String,
        url: String,
    },
}

/// A day, a key, an account and a model.
pub(crate) type Group = (i64, String, String, String);

/// Requests, failures, tokens asked and tokens answered.
pub(crate) type Sum = (i64, i64, i64, i64);

type Row = (i64, String, String, String, i64, i64, i64, i64);

/// Runs a query on either kind of connection.
macro_rules! on_both {
    ($backend:expr, |$connection:ident| $work:expr) => {
        match $backend {
            Backend::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                let mut opened = SqliteConnection::connect_with(&options).await?;
                let $connection = &mut opened;
                let done = $work;
                opened.close().await?;
                done
            }
            Backend::Postgres { url, .. } => {
                let mut opened = PgConnection::connect(url).await?;
                let $connection = &mut opened;
                let done = $work;
                opened.close().await?;
                done
            }
        }
    };
}

impl Backend {
    /// The embedded database of a data folder.
    pub(crate) fn sqlite(data_folder: &Path) -> Self {
        Self::Sqlite(data_folder.join("flowgpt.db"))
    }

    /// A new database on a server.
    pub(crate) async fn postgres(server: &str) -> Result<Self> {
        let mut number = [0; 8];
        getrandom::fill(&mut number)?;
        let name = format!("chaos_{:016x}", u64::from_ne_bytes(number));
        let mut connection = PgConnection::connect(server).await?;
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(create).await?;
        connection.close().await?;
        let mut url = Url::parse(server).context("TEST_POSTGRES_URL is not a URL")?;
        url.set_path(&name);
        Ok(Self::Postgres {
            server: server.to_owned(),
            name,
            url: url.into(),
        })
    }

    /// What to call it; without the server's password.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres { name, .. } => format!("the database {name}"),
        }
    }

    /// What `DATABASE_URL` has to be.
    pub(crate) fn setting(&self) -> &str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres { url, .. } => url,
        }
    }

    /// Removes what would be left over.
    pub(crate) async fn drop_database(&self) -> Result<()> {
        if let Self::Postgres { server, name, .. } = self {
            let mut connection = PgConnection::connect(server).await?;
            let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
            connection.execute(drop).await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// What SQLite says of its whole file, read without writing to it; `ok` where there is none.
    pub(crate) async fn integrity(&self) -> Result<String> {
        match self {
            Self::Sqlite(path) if path.exists() => {
                let options = SqliteConnectOptions::new().filename(path).read_only(true);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                let verdict = sqlx::query_scalar("PRAGMA integrity_check")
                    .fetch_one(&mut connection)
                    .await?;
                connection.close().await?;
                Ok(verdict)
            }
            _ => Ok("ok".to_owned()),
        }
    }

    /// The number that a query without parameters finds.
    pub(crate) async fn number(&self, query: &'static str) -> Result<i64> {
        Ok(on_both!(self, |connection| {
            sqlx::query_scalar(query).fetch_one(connection).await?
        }))
    }

    /// The number that a query about a key finds.
    pub(crate) async fn number_for(&self, query: &'static str, key: &str) -> Result<i64> {
        Ok(on_both!(self, |connection| {
            let query = sqlx::query_scalar(query).bind(key);
            query.fetch_one(connection).await?
        }))
    }

    /// The texts that a query finds.
    pub(crate) async fn texts(&self, query: &'static str) -> Result<Vec<String>> {
        Ok(on_both!(self, |connection| {
            sqlx::query_scalar(query).fetch_all(connection).await?
        }))
    }

    /// The sums that a query finds.
    pub(crate) async fn sums(&self, query: &'static str) -> Result<BTreeMap<Group, Sum>> {
        let rows: Vec<Row> = on_both!(self, |connection| {
            sqlx::query_as(query).fetch_all(connection).await?
        });
        let sum = |(day, key, account, model, requests, failures, asked, answered): Row| {
            let group = (day, key, account, model);
            (group, (requests, failures, asked, answered))
        };
        Ok(rows.into_iter().map(sum).collect())
    }
}
