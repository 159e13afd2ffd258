//! Copies of the database: whole, private, and never over another file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use store::{Database, DatabaseError, DatabaseTarget};

use crate::accounts::account;
use crate::database::{Backend, NOW, chance};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_is_whole_and_private_and_opens_with_the_same_key() {
    let backend = Backend::sqlite();
    let database = backend.open().await;
    let list = (1..=50).map(account).collect();
    database.import_accounts(list, NOW).await.unwrap();
    let path = backend.folder().join("copy.db");
    let writes = join_all((0..50).map(|number| database.set_turn("web", number)));
    let (copied, _) = tokio::join!(database.backup_to(&path), writes);
    assert_eq!(copied, Ok(()));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let target = DatabaseTarget::Sqlite(path);
    let copy = Database::open(&target, backend.key(), chance(), NOW).await;
    let accounts = copy.unwrap().accounts().await.unwrap();
    assert_eq!(accounts.len(), 50);
    let access = accounts[49].tokens.access.as_ref().unwrap();
    assert_eq!(access.expose_secret(), "access-50");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_never_takes_the_place_of_a_file_and_leaves_none_when_it_fails() {
    let backend = Backend::sqlite();
    let database = backend.open().await;
    let path = backend.folder().join("copy.db");
    fs::write(&path, "mine").unwrap();
    let refused = database.backup_to(&path).await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("copy.db"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    let own = backend.folder().join(store::DATABASE_FILE);
    assert!(database.backup_to(&own).await.is_err());
    let nowhere = backend.folder().join("nowhere/copy.db");
    assert!(database.backup_to(&nowhere).await.is_err());
    database.close().await;
    let new = backend.folder().join("new.db");
    assert!(database.backup_to(&new).await.is_err());
    assert!(!new.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_backed_up_with_its_own_tools() {
    let backend = Backend::postgres().await;
    let database = backend.open().await;
    let path = backend.folder().join("copy.db");
    let refused = database.backup_to(&path).await.unwrap_err();
    assert_eq!(refused, DatabaseError::BackupElsewhere);
    assert!(refused.to_string().contains("pg_dump"));
    assert!(!path.exists());
}
