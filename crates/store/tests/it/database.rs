//! A database of a test's own, on either backend.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::{ExposeSecret, SecretString};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use store::{Chance, Database, DatabaseError, DatabaseTarget, MasterKey};
use tempfile::TempDir;

pub(crate) const NOW: i64 = 1_790_000_000;

/// Runs each test of a file on both backends: `on_both!(name, …)` makes `sqlite::name` and
/// `postgres::name` of `async fn name(backend: &Backend)`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&$crate::database::Backend::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&$crate::database::Backend::postgres().await).await;
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

    /// The database, opened with the key in the test's folder.
    pub(crate) async fn open(&self) -> Database {
        self.open_with(self.key()).await.unwrap()
    }

    /// Several handles, as several processes would have them.
    pub(crate) async fn open_several(&self, count: usize) -> Vec<Database> {
        let mut handles = Vec::new();
        for _ in 0..count {
            handles.push(self.open().await);
        }
        handles
    }

    /// Where the test's master key is, and an embedded database.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The server's URL, with the test's database.
    pub(crate) fn url(&self) -> String {
        match &self.target {
            DatabaseTarget::Postgres(url) => url.expose_secret().to_owned(),
            DatabaseTarget::Sqlite(_) => String::new(),
        }
    }

    /// The master key in the test's folder.
    pub(crate) fn key(&self) -> MasterKey {
        MasterKey::InFolder(self.folder.path().to_owned())
    }

    /// Runs a statement beside the database, as somebody who got at it would.
    pub(crate) async fn sql(&self, statement: &'static str) {
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

    pub(crate) async fn open_with(&self, key: MasterKey) -> Result<Database, DatabaseError> {
        Database::open(&self.target, key, chance(), NOW).await
    }
}

/// How often records of a kind were changed.
pub(crate) async fn revision(database: &Database, topic: &str) -> i64 {
    let all = database.revisions().await.unwrap();
    let number = all.into_iter().find(|(it, _)| it == topic);
    number.map_or(0, |(_, number)| number)
}

/// Never the same twice, and different in each process.
pub(crate) fn chance() -> Chance {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    Chance::new(|bytes| {
        for chunk in bytes.chunks_mut(16) {
            COUNT.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&uuid::Uuid::new_v4().into_bytes()[..chunk.len()]);
        }
        Ok(())
    })
}
