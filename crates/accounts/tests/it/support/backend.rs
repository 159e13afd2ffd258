//! A database of a test's own, on either backend.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use store::{Chance, Database, DatabaseTarget, MasterKey};
use tempfile::TempDir;

use super::NOW;

/// Runs each test of a file on both backends: `on_both!(name, …)` makes `sqlite::name` and
/// `postgres::name` of `async fn name(backend: Backend)`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::Backend::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::Backend::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;

/// Where a test's database is; it is empty until it is opened.
pub(crate) struct Backend {
    folder: TempDir,
    target: DatabaseTarget,
}

impl Drop for Backend {
    fn drop(&mut self) {
        let DatabaseTarget::Postgres(url) = &self.target else {
            return;
        };
        let url = url::Url::parse(url.expose_secret()).unwrap();
        let name = url.path().trim_start_matches('/');
        let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
        let server = url.join("/postgres").unwrap();
        let dropping = async {
            let mut connection = PgConnection::connect(server.as_str()).await?;
            connection.execute(drop).await
        };
        // A runtime of its own, because this one is busy with the test.
        let dropped = std::thread::scope(|scope| {
            let runtime = tokio::runtime::Builder::new_current_thread();
            scope
                .spawn(move || { runtime }.enable_all().build().unwrap().block_on(dropping))
                .join()
        });
        assert!(dropped.is_ok(), "the test's database cannot be dropped");
    }
}

impl Backend {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = DatabaseTarget::embedded(folder.path());
        Self { folder, target }
    }

    /// A new database on the server that the test command started.
    #[expect(
        clippy::disallowed_methods,
        reason = "how the test command hands it on"
    )]
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("TEST_POSTGRES_URL").expect(
            "TEST_POSTGRES_URL is not set: run `cargo xtask test`, or `cargo xtask postgres`",
        );
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(create).await.unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        Self {
            folder: tempfile::tempdir().unwrap(),
            target: DatabaseTarget::Postgres(SecretString::from(url.to_string())),
        }
    }

    /// `sqlite` or `postgres`.
    pub(crate) fn name(&self) -> &'static str {
        match self.target {
            DatabaseTarget::Sqlite(_) => "sqlite",
            DatabaseTarget::Postgres(_) => "postgres",
        }
    }

    /// Where the test's master key is, and the folders of its processes.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database, as one more process opens it.
    pub(crate) async fn open(&self) -> Database {
        let key = MasterKey::InFolder(self.folder.path().to_owned());
        let now = i64::try_from(NOW).unwrap();
        Database::open(&self.target, key, chance(), now)
            .await
            .unwrap()
    }

    /// Runs a statement beside the database, as somebody who got at it would.
    pub(crate) async fn sql(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match &self.target {
            DatabaseTarget::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = options.connect().await.unwrap();
                connection.execute(statement).await.unwrap();
                connection.close().await.unwrap();
            }
            DatabaseTarget::Postgres(url) => {
                let url = url.expose_secret();
                let mut connection = PgConnection::connect(url).await.unwrap();
                connection.execute(statement).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let statement = AssertSqlSafe(format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}"));
        match &self.target {
            DatabaseTarget::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = options.connect().await.unwrap();
                let counted = sqlx::query_scalar(statement);
                counted.fetch_one(&mut connection).await.unwrap()
            }
            DatabaseTarget::Postgres(url) => {
                let url = url.expose_secret();
                let mut connection = PgConnection::connect(url).await.unwrap();
                let counted = sqlx::query_scalar(statement);
                counted.fetch_one(&mut connection).await.unwrap()
            }
        }
    }
}

/// Never the same twice.
pub(crate) fn chance() -> Chance {
    Chance::new(|bytes| {
        for chunk in bytes.chunks_mut(16) {
            chunk.copy_from_slice(&uuid::Uuid::new_v4().into_bytes()[..chunk.len()]);
        }
        Ok(())
    })
}
