//! Opening: tables made once, files for their owner only, and what is damaged left alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use store::{Chance, Database, DatabaseError, DatabaseTarget, MasterKey};

use crate::accounts::account;
use crate::database::{Backend, NOW, chance, on_both, revision};

on_both!(
    opening_again_changes_nothing,
    processes_that_open_a_new_database_at_once_all_can_use_it,
    tables_of_another_version_are_refused,
);

async fn opening_again_changes_nothing(backend: &Backend) {
    let database = backend.open().await;
    let imported = database.import_accounts(vec![account(1)], NOW).await;
    let id = imported.unwrap()[0].id;
    database.close().await;
    for _ in 0..2 {
        let database = backend.open().await;
        assert_eq!(database.accounts().await.unwrap()[0].id, id);
        assert_eq!(revision(&database, "account").await, 1);
        database.close().await;
    }
}

async fn processes_that_open_a_new_database_at_once_all_can_use_it(backend: &Backend) {
    // A key that was put there before anything else.
    fs::write(backend.folder().join("master.key"), [1; 32]).unwrap();
    let open = || backend.open_with(backend.key());
    let opened = tokio::join!(open(), open(), open(), open());
    let opened = [opened.0, opened.1, opened.2, opened.3].map(Result::unwrap);
    let (word, word_seen) = (&"word".into(), "value");
    opened[0].set_override("A", word, NOW).await.unwrap();
    opened[1].set_fact("a", word_seen).await.unwrap();
    for database in opened {
        let overrides = database.overrides().await.unwrap();
        assert_eq!(overrides.len(), 1);
        let fact = database.fact("a").await.unwrap();
        assert_eq!(fact.as_deref(), Some(word_seen));
        database.probe().await.unwrap();
    }
}

async fn tables_of_another_version_are_refused(backend: &Backend) {
    backend.open().await.close().await;
    backend
        .sql("UPDATE _sqlx_migrations SET version = version + 99999999")
        .await;
    let refused = backend.open_with(backend.key()).await;
    assert!(matches!(refused, Err(DatabaseError::Migration(_))));
}

async fn open_file(path: PathBuf, folder: &Path) -> Result<Database, DatabaseError> {
    let key = MasterKey::InFolder(folder.to_owned());
    Database::open(&DatabaseTarget::Sqlite(path), key, chance(), NOW).await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_files_of_the_embedded_database_are_for_their_owner_only() {
    let backend = Backend::sqlite();
    let database = backend.open().await;
    database.probe().await.unwrap();
    let names = [
        "flowgpt.db",
        "flowgpt.db-wal",
        "flowgpt.db-shm",
        "master.key",
    ];
    for name in names {
        let mode = fs::metadata(backend.folder().join(name));
        let mode = mode.unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // A file that others could read is taken back from them.
    database.close().await;
    let path = backend.folder().join("flowgpt.db");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let database = backend.open().await;
    database.probe().await.unwrap();
    for name in &names[..3] {
        let mode = fs::metadata(backend.folder().join(name));
        let mode = mode.unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    let backend = Backend::sqlite();
    let database = backend.open().await;
    let list = (1..=200).map(account).collect();
    database.import_accounts(list, NOW).await.unwrap();
    database.close().await;
    let path = backend.folder().join("flowgpt.db");
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 100_000);
    let mut overwritten = whole.clone();
    overwritten[4096..40_960].fill(0x5a);
    let mut no_head = whole.clone();
    no_head[..100].fill(0);
    for (what, damaged) in [
        ("cut in half", whole[..whole.len() / 2].to_vec()),
        ("cut within a page", whole[..whole.len() - 1000].to_vec()),
        ("pages overwritten", overwritten),
        ("no head", no_head),
        ("something else", b"token\n".repeat(1000)),
    ] {
        fs::write(&path, &damaged).unwrap();
        let refused = backend.open_with(backend.key()).await;
        let said = refused.expect_err(what).to_string();
        assert!(said.contains("restore a backup"), "{what}: {said}");
        assert!(fs::read(&path).unwrap() == damaged, "{what}");
        assert!(!said.contains("token"), "{what}");
    }
    fs::write(&path, &whole).unwrap();
    let database = backend.open().await;
    assert_eq!(database.accounts().await.unwrap().len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_in_place_of_a_database_is_refused_and_left_alone() {
    let backend = Backend::sqlite();
    let path = backend.folder().join("flowgpt.db");
    let database = backend.open().await;
    database.set_fact("a", "1").await.unwrap();
    database.close().await;
    fs::write(&path, "").unwrap();
    let refused = backend.open_with(backend.key()).await;
    let expected = DatabaseError::Damaged { path: path.clone() };
    assert_eq!(refused.unwrap_err(), expected);
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let in_a_file = folder.path().join("file/flowgpt.db");
    fs::write(folder.path().join("file"), "").unwrap();
    let places = [
        folder.path().to_owned(),
        in_a_file,
        folder.path().join("nowhere/flowgpt.db"),
        // Not to be written by anybody.
        PathBuf::from("/proc/version"),
    ];
    for path in places {
        let refused = open_file(path.clone(), folder.path()).await;
        let said = refused.expect_err("opened").to_string();
        assert!(said.contains(&path.display().to_string()), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_lets_itself_be_read_is_said_to_be_so() {
    let backend = Backend::postgres().await;
    let database = backend.open().await;
    database.set_fact("a", "1").await.unwrap();
    // As after a failover to a copy: the connections break, and new ones may only read.
    backend
        .sql(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I \
             SET default_transaction_read_only = on', current_database()); \
             PERFORM pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$",
        )
        .await;
    let refused = database.probe().await;
    assert!(matches!(refused, Err(DatabaseError::NotWritable(_))));
    assert_eq!(database.fact("a").await, Ok(Some("1".to_owned())));
    database.close().await;
    let refused = backend.open_with(backend.key()).await;
    assert!(matches!(refused, Err(DatabaseError::NotWritable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_to_be_so_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "postgres://user:canary@127.0.0.1:1/a",
        "postgres://user:canary@host:port/a",
    ] {
        let target = DatabaseTarget::parse(url, folder.path()).unwrap();
        let key = MasterKey::InFolder(folder.path().to_owned());
        let refused = Database::open(&target, key, chance(), NOW).await;
        let refused = refused.unwrap_err();
        let said = format!("{refused} {refused:?} {target:?}");
        assert!(!said.contains("canary"), "{said}");
    }
    assert!(!folder.path().join("master.key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_chance_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let target = DatabaseTarget::embedded(folder.path());
    let key = MasterKey::InFolder(folder.path().to_owned());
    let broken = Chance::new(|_| Err(std::io::Error::other("no chance")));
    let refused = Database::open(&target, key, broken, NOW).await;
    assert!(matches!(refused, Err(DatabaseError::MasterKey(_))));
    assert!(!folder.path().join("master.key").exists());
}
