//! Rotated tokens that the database could not store: sealed, played in later, never lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, Claim, Claimed, FreshCredential};
use store::{DataFolder, Database, DatabaseError, MasterKey, RotationSpool, SpooledRotation};

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both};

on_both!(
    a_token_rotated_while_the_database_was_away_lands_at_the_next_start,
    what_landed_before_the_crash_or_was_replaced_since_is_superseded,
    a_file_that_does_not_open_stays_and_is_reported,
    a_file_opens_for_its_own_account_only,
    a_file_that_did_not_get_its_last_name_counts_when_it_is_whole,
    the_next_rotation_of_an_account_takes_the_place_of_the_last_one,
    a_refresh_token_that_came_alone_lands_alone,
);

/// A database with one account, whose token is claimed.
struct World {
    database: Database,
    folder: DataFolder,
    spool: RotationSpool,
    account: AccountId,
    claimed: Claimed,
}

async fn world(backend: &Backend) -> World {
    let database = backend.open().await;
    let list = vec![account(1), account(2)];
    let imported = database.import_accounts(list, NOW).await.unwrap();
    let account = imported[0].id;
    let Ok(Claim::Won(claimed)) = database.claim_refresh(account, "a", 60_000, 60_000).await else {
        unreachable!("nobody else claims it");
    };
    let folder = DataFolder::open(&backend.folder().join("data")).unwrap();
    let spool = RotationSpool::open(&folder).unwrap();
    World {
        database,
        folder,
        spool,
        account,
        claimed,
    }
}

impl World {
    fn rotation(&self, name: &str) -> SpooledRotation {
        SpooledRotation {
            account: self.account,
            replaced: self.claimed.fingerprint.clone(),
            fresh: fresh(name),
            at: NOW + 5,
        }
    }

    fn file(&self) -> PathBuf {
        let name = format!("{}.sealed", self.account);
        self.folder.path().join("rotations").join(name)
    }
}

fn fresh(name: &str) -> FreshCredential {
    FreshCredential {
        access: format!("access-{name}").into(),
        access_expires_at: Some(NOW + 9000),
        refresh: Some(format!("refresh-{name}").into()),
        client: Some("web".to_owned()),
    }
}

async fn access(database: &Database) -> String {
    let accounts = database.accounts().await.unwrap();
    let access = accounts[0].tokens.access.as_ref().unwrap();
    access.expose_secret().to_owned()
}

fn files(path: &Path) -> usize {
    fs::read_dir(path).unwrap().count()
}

async fn a_token_rotated_while_the_database_was_away_lands_at_the_next_start(backend: &Backend) {
    let world = world(backend).await;
    // It goes away between the claim and the answer.
    world.database.close().await;
    let spent = &world.claimed.fingerprint;
    let failed = world
        .database
        .commit_refresh(world.account, spent, fresh("1"), NOW)
        .await;
    assert!(matches!(failed, Err(DatabaseError::Unavailable(_))));
    let written = world.spool.write(&world.database, world.rotation("canary"));
    written.await.unwrap();
    let metadata = fs::metadata(world.file()).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let content = fs::read(world.file()).unwrap();
    assert!(!content.windows(6).any(|it| it == b"canary"));
    let away = world.spool.replay(&world.database, NOW).await;
    assert!(matches!(away, Err(DatabaseError::Unavailable(_))));
    assert!(world.file().exists());

    let World { folder, spool, .. } = world;
    drop((folder, spool));
    let database = backend.open().await;
    let folder = DataFolder::open(&backend.folder().join("data")).unwrap();
    let spool = RotationSpool::open(&folder).unwrap();
    let replayed = spool.replay(&database, NOW + 100).await.unwrap();
    assert_eq!(replayed.landed, [world.account]);
    assert!(replayed.superseded.is_empty() && replayed.damaged.is_empty());
    assert_eq!(files(&folder.path().join("rotations")), 0);
    let stored = &database.accounts().await.unwrap()[0].tokens;
    assert_eq!(access(&database).await, "access-canary");
    assert_eq!(stored.access_expires_at, Some(NOW + 9000));
    assert_eq!(stored.refreshed_at, Some(NOW + 5));
    assert_eq!(stored.refresh_client.as_deref(), Some("web"));
    let token = SecretString::from("refresh-canary");
    let whose = database.account_of_refresh(&token).await;
    assert_eq!(whose, Ok(Some(world.account)));
    let claim = database.claim_refresh(world.account, "b", 1, 1).await;
    let Ok(Claim::Won(claimed)) = claim else {
        unreachable!("the token that landed ended the old claim");
    };
    assert_eq!(claimed.refresh.expose_secret(), "refresh-canary");
}

async fn what_landed_before_the_crash_or_was_replaced_since_is_superseded(backend: &Backend) {
    let world = world(backend).await;
    let entry = world.rotation("new");
    let written = world.spool.write(&world.database, entry.clone());
    written.await.unwrap();
    let landed = world
        .database
        .commit_refresh(world.account, &entry.replaced, entry.fresh, NOW)
        .await;
    assert_eq!(landed, Ok(true));
    // The process ends here, before it removes the file.
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.superseded, [world.account]);
    assert!(replayed.landed.is_empty() && replayed.damaged.is_empty());
    assert!(!world.file().exists());
    assert_eq!(access(&world.database).await, "access-new");

    let gone = world.rotation("newer");
    world.spool.write(&world.database, gone).await.unwrap();
    world.database.remove_account(world.account).await.unwrap();
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.superseded, [world.account]);
    assert!(!world.file().exists());
}

async fn a_file_that_does_not_open_stays_and_is_reported(backend: &Backend) {
    let world = world(backend).await;
    let elsewhere = Backend::sqlite();
    let other = elsewhere.open_with(MasterKey::Given("07".repeat(32).into()));
    let other = other.await.unwrap();
    // Sealed with another database's keys.
    let written = world.spool.write(&other, world.rotation("1"));
    written.await.unwrap();
    let before = fs::read(world.file()).unwrap();
    let stranger = world.folder.path().join("rotations").join("notes.txt");
    fs::write(&stranger, "mine").unwrap();
    for _ in 0..2 {
        let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
        assert!(replayed.landed.is_empty() && replayed.superseded.is_empty());
        let kept: Vec<_> = replayed.damaged.iter().map(|it| it.path.clone()).collect();
        assert_eq!(kept, [world.file(), stranger.clone()]);
        assert!(replayed.damaged[0].reason.contains("does not open"));
    }
    assert_eq!(fs::read(world.file()).unwrap(), before);
    assert_eq!(access(&world.database).await, "access-1");
    // The database that it belongs to knows no such account.
    let replayed = world.spool.replay(&other, NOW).await.unwrap();
    assert_eq!(replayed.superseded, [world.account]);
}

async fn a_file_opens_for_its_own_account_only(backend: &Backend) {
    let world = world(backend).await;
    let written = world.spool.write(&world.database, world.rotation("1"));
    written.await.unwrap();
    let accounts = world.database.accounts().await.unwrap();
    let moved = world
        .file()
        .with_file_name(format!("{}.sealed", accounts[1].id));
    fs::rename(world.file(), &moved).unwrap();
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.damaged.len(), 1);
    fs::rename(&moved, world.file()).unwrap();
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.landed, [world.account]);
}

async fn a_file_that_did_not_get_its_last_name_counts_when_it_is_whole(backend: &Backend) {
    let world = world(backend).await;
    let written = world.spool.write(&world.database, world.rotation("1"));
    written.await.unwrap();
    let partial = world.file().with_added_extension("partial");
    let whole = fs::read(world.file()).unwrap();
    fs::remove_file(world.file()).unwrap();
    fs::write(&partial, &whole[..whole.len() - 1]).unwrap();
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.damaged.len(), 1);
    assert!(!partial.exists(), "nothing will ever open it");
    fs::write(&partial, &whole).unwrap();
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.landed, [world.account]);
    assert!(!partial.exists());
}

async fn the_next_rotation_of_an_account_takes_the_place_of_the_last_one(backend: &Backend) {
    let world = world(backend).await;
    for name in ["1", "2"] {
        let written = world.spool.write(&world.database, world.rotation(name));
        written.await.unwrap();
    }
    assert_eq!(files(&world.folder.path().join("rotations")), 1);
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.landed, [world.account]);
    assert_eq!(access(&world.database).await, "access-2");

    let written = world.spool.write(&world.database, world.rotation("3"));
    written.await.unwrap();
    world.spool.remove(world.account).await.unwrap();
    world.spool.remove(world.account).await.unwrap();
    assert_eq!(files(&world.folder.path().join("rotations")), 0);
}

async fn a_refresh_token_that_came_alone_lands_alone(backend: &Backend) {
    let world = world(backend).await;
    let (spent, token) = (&world.claimed.fingerprint, "canary-alone".into());
    let written = world
        .spool
        .write_rotated(&world.database, world.account, spent, &token, NOW);
    written.await.unwrap();
    let content = fs::read(world.file()).unwrap();
    assert!(!content.windows(6).any(|it| it == b"canary"));
    let replayed = world.spool.replay(&world.database, NOW).await.unwrap();
    assert_eq!(replayed.landed, [world.account]);
    assert_eq!(access(&world.database).await, "access-1");
    let whose = world.database.account_of_refresh(&token).await;
    assert_eq!(whose, Ok(Some(world.account)));
}
