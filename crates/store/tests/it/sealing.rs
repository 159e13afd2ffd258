//! Sealed values: bound to their row, opened by the right key only, and never taken for absent.

use std::fs;

use secrecy::ExposeSecret;
use store::records::{AccountPatch, Claim};
use store::{Database, DatabaseError, MasterKey};

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both};

on_both!(
    a_token_moved_to_another_row_locks_both_accounts_and_empties_none,
    a_changed_byte_locks_the_account,
    a_wrong_master_key_is_refused_and_changes_nothing,
    a_missing_master_key_is_refused_and_none_is_made,
    a_new_data_key_seals_everything_and_old_values_stay_readable,
    an_old_data_key_goes_a_day_later,
    another_process_goes_on_while_the_data_key_changes,
    a_new_master_key_in_the_folder_takes_the_place_of_the_old_one,
    a_given_master_key_takes_the_place_of_one_in_the_folder,
    a_rotation_of_the_master_key_that_was_cut_short_opens_with_either,
    two_processes_with_different_keys_that_start_at_once_leave_a_database_that_opens,
);

const DAY: i64 = 24 * 3600;

async fn two_accounts(database: &Database) {
    let list = vec![account(1), account(2)];
    database.import_accounts(list, NOW).await.unwrap();
    let id = database.accounts().await.unwrap()[0].id;
    let patch = AccountPatch {
        egress: Some(Some("socks5://user:secret@proxy".into())),
        facts: Some((Some("pro".into()), r#"{"email":"a@b"}"#.into(), NOW)),
        ..AccountPatch::default()
    };
    database.change_account(id, patch).await.unwrap();
    let bound = database.bind_seed(&"word".into(), id, NOW).await;
    bound.unwrap();
    let set = database.set_override("A", &"value".into(), NOW).await;
    set.unwrap();
}

/// Everything that is sealed, opened.
async fn everything(database: &Database) -> Vec<String> {
    let mut all = Vec::new();
    for it in database.accounts().await.unwrap() {
        assert!(!it.tokens.is_locked);
        let sealed = [it.egress, it.profile, it.tokens.access];
        all.extend(sealed.into_iter().flatten());
        let claim = database.claim_refresh(it.id, "reader", 1, 0).await;
        let Ok(Claim::Won(claimed)) = claim else {
            unreachable!("nobody else claims it");
        };
        all.push(claimed.refresh);
        let released = database.release_refresh(it.id, "reader", false).await;
        released.unwrap();
    }
    all.extend(
        database
            .seeds()
            .await
            .unwrap()
            .into_iter()
            .map(|it| it.name),
    );
    let overrides = database.overrides().await.unwrap();
    all.extend(overrides.into_iter().map(|(_, value, _)| value));
    let all = all.iter().map(|it| it.expose_secret().to_owned());
    all.collect()
}

const EVERYTHING: [&str; 8] = [
    "socks5://user:secret@proxy",
    r#"{"email":"a@b"}"#,
    "access-1",
    "refresh-1",
    "access-2",
    "refresh-2",
    "word",
    "value",
];

async fn a_token_moved_to_another_row_locks_both_accounts_and_empties_none(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    let swap = "CREATE TEMP TABLE held AS \
         SELECT account_id AS id, access_sealed AS access, refresh_sealed AS refresh \
         FROM credential; \
         UPDATE credential SET \
         access_sealed = (SELECT access FROM held WHERE id <> account_id), \
         refresh_sealed = (SELECT refresh FROM held WHERE id <> account_id); \
         DROP TABLE held";
    backend.sql(swap).await;
    let accounts = database.accounts().await.unwrap();
    assert_eq!(accounts.len(), 2);
    for it in &accounts {
        assert!(it.tokens.is_locked && it.tokens.can_refresh);
        assert!(it.tokens.access.is_none());
        let claim = database.claim_refresh(it.id, "a", 1, 0).await;
        let expected = DatabaseError::Unopenable("credential.refresh");
        assert_eq!(claim.unwrap_err(), expected);
    }
    assert!(accounts[0].egress.is_some());
    // Nothing was lost by looking: putting them back heals both.
    backend.sql(swap).await;
    let accounts = database.accounts().await.unwrap();
    for (it, expected) in accounts.iter().zip(["access-1", "access-2"]) {
        assert!(!it.tokens.is_locked);
        let access = it.tokens.access.as_ref().unwrap();
        assert_eq!(access.expose_secret(), expected);
    }
}

async fn a_changed_byte_locks_the_account(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    // The last byte is of the tag; a version that is not known is locked in the same way.
    let changed = match database.kind() {
        "sqlite" => {
            "UPDATE account SET profile_sealed = CAST(substr(profile_sealed, 1, \
             length(profile_sealed) - 1) || X'00' || X'01' AS BLOB)"
        }
        _ => {
            "UPDATE account SET profile_sealed = set_byte(profile_sealed, \
             length(profile_sealed) - 1, \
             get_byte(profile_sealed, length(profile_sealed) - 1) # 1)"
        }
    };
    backend.sql(changed).await;
    let accounts = database.accounts().await.unwrap();
    assert!(accounts[0].tokens.is_locked && accounts[0].profile.is_none());
    assert!(!accounts[1].tokens.is_locked);
}

async fn a_wrong_master_key_is_refused_and_changes_nothing(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    database.close().await;
    let wrong = MasterKey::Given("07".repeat(32).into());
    let refused = backend.open_with(wrong).await;
    assert_eq!(refused.unwrap_err(), DatabaseError::WrongMasterKey);
    let key = backend.folder().join("master.key");
    let right = fs::read(&key).unwrap();
    fs::write(&key, [7; 32]).unwrap();
    let refused = backend.open_with(backend.key()).await;
    assert_eq!(refused.unwrap_err(), DatabaseError::WrongMasterKey);
    // Not even the wrong key is written over.
    assert_eq!(fs::read(&key).unwrap(), [7; 32]);
    fs::write(&key, &right[..31]).unwrap();
    let said = backend.open_with(backend.key()).await;
    let said = said.unwrap_err().to_string();
    assert!(said.contains("master.key has 31 bytes"), "{said}");
    fs::write(&key, right).unwrap();
    assert_eq!(everything(&backend.open().await).await, EVERYTHING);
}

async fn a_missing_master_key_is_refused_and_none_is_made(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    database.close().await;
    let key = backend.folder().join("master.key");
    let right = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let refused = backend.open_with(backend.key()).await;
    let expected = DatabaseError::NoMasterKey(key.clone());
    assert_eq!(refused.unwrap_err(), expected);
    assert!(!key.exists());
    fs::write(&key, right).unwrap();
    assert_eq!(everything(&backend.open().await).await, EVERYTHING);
}

async fn a_new_data_key_seals_everything_and_old_values_stay_readable(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    let rotated = database.rotate_data_key(NOW).await.unwrap();
    assert_eq!((rotated.resealed, rotated.dropped), (8, 0));
    assert_eq!(everything(&database).await, EVERYTHING);
    // Again there is something to do for the newest key only.
    let rotated = database.rotate_data_key(NOW + 1).await.unwrap();
    assert_eq!((rotated.resealed, rotated.dropped), (8, 0));
    database.close().await;
    assert_eq!(everything(&backend.open().await).await, EVERYTHING);
}

async fn an_old_data_key_goes_a_day_later(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    for (at, dropped) in [(NOW, 0), (NOW + DAY - 1, 0), (NOW + DAY + 1, 1)] {
        let rotated = database.rotate_data_key(at).await.unwrap();
        assert_eq!(rotated.dropped, dropped, "after {} s", at - NOW);
    }
    database.close().await;
    let database = backend.open().await;
    assert_eq!(everything(&database).await, EVERYTHING);
    // What is found by a digest is found for ever.
    let found = database.seed(&"word".into()).await.unwrap();
    assert!(found.is_some());
}

async fn another_process_goes_on_while_the_data_key_changes(backend: &Backend) {
    let handles = backend.open_several(2).await;
    two_accounts(&handles[0]).await;
    handles[0].rotate_data_key(NOW).await.unwrap();
    // It does not know the new key yet: locked, not empty, and healed by reading the keys.
    let stored = handles[1].accounts().await.unwrap();
    assert!(stored.iter().all(|it| it.tokens.is_locked));
    handles[1].reread_data_keys().await.unwrap();
    assert_eq!(everything(&handles[1]).await, EVERYTHING);
}

async fn a_new_master_key_in_the_folder_takes_the_place_of_the_old_one(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    let file = backend.folder().join("master.key");
    let old = fs::read(&file).unwrap();
    database.rotate_master_key(None).await.unwrap();
    let new = fs::read(&file).unwrap();
    assert_ne!(old, new);
    assert!(!backend.folder().join("master.key.next").exists());
    assert_eq!(everything(&database).await, EVERYTHING);
    // Both kinds of rotation go on from there.
    database.rotate_data_key(NOW).await.unwrap();
    database.rotate_master_key(None).await.unwrap();
    database.close().await;
    let kept = fs::read(&file).unwrap();
    for refused in [old, new] {
        fs::write(&file, refused).unwrap();
        let refused = backend.open_with(backend.key()).await;
        assert_eq!(refused.unwrap_err(), DatabaseError::WrongMasterKey);
    }
    fs::write(&file, kept).unwrap();
    assert_eq!(everything(&backend.open().await).await, EVERYTHING);
}

async fn a_given_master_key_takes_the_place_of_one_in_the_folder(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    let given = || "0a".repeat(32);
    let unreadable = database.rotate_master_key(Some("short".into())).await;
    assert!(matches!(unreadable, Err(DatabaseError::MasterKey(_))));
    let rotated = database.rotate_master_key(Some(given().into())).await;
    rotated.unwrap();
    database.close().await;
    let refused = backend.open_with(backend.key()).await;
    assert_eq!(refused.unwrap_err(), DatabaseError::WrongMasterKey);
    let database = backend.open_with(MasterKey::Given(given().into())).await;
    let database = database.unwrap();
    assert_eq!(everything(&database).await, EVERYTHING);
    let ungiven = database.rotate_master_key(None).await;
    assert!(matches!(ungiven, Err(DatabaseError::MasterKey(_))));
}

async fn a_rotation_of_the_master_key_that_was_cut_short_opens_with_either(backend: &Backend) {
    let database = backend.open().await;
    two_accounts(&database).await;
    let file = backend.folder().join("master.key");
    let next = backend.folder().join("master.key.next");
    let old = fs::read(&file).unwrap();
    database.rotate_master_key(None).await.unwrap();
    database.close().await;
    let new = fs::read(&file).unwrap();
    // It ended after the database was sealed anew, before the file took its place.
    fs::write(&file, &old).unwrap();
    fs::write(&next, &new).unwrap();
    let database = backend.open().await;
    assert_eq!(everything(&database).await, EVERYTHING);
    database.close().await;
    assert_eq!(fs::read(&file).unwrap(), new);
    assert!(!next.exists());
    // It ended before the database was sealed anew.
    fs::write(&next, [9; 32]).unwrap();
    let database = backend.open().await;
    assert_eq!(everything(&database).await, EVERYTHING);
    assert_eq!(fs::read(&file).unwrap(), new);
    assert!(!next.exists());
}

async fn two_processes_with_different_keys_that_start_at_once_leave_a_database_that_opens(
    backend: &Backend,
) {
    let key = |byte: &str| MasterKey::Given(byte.repeat(32).into());
    let (first, second) = tokio::join!(backend.open_with(key("01")), backend.open_with(key("02")),);
    let opened = [first, second];
    let refused = opened.iter().filter_map(|it| it.as_ref().err());
    assert_eq!(
        refused.collect::<Vec<_>>(),
        [&DatabaseError::WrongMasterKey]
    );
    let winner = if opened[0].is_ok() { "01" } else { "02" };
    let opened = opened.into_iter().find_map(Result::ok).unwrap();
    two_accounts(&opened).await;
    let again = backend.open_with(key(winner)).await.unwrap();
    assert_eq!(everything(&again).await, EVERYTHING);
}
