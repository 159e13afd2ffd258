//! Keys of callers: found by their secret, changed, and removed without losing their name.

use secrecy::SecretString;
use store::records::{GatewayKeyId, KeyDigest, KeyPatch, NewKey, RotatedKey, StoredKey};
use store::{Database, DatabaseError};
use uuid::Uuid;

use crate::database::{Backend, NOW, on_both, revision};

on_both!(
    a_key_is_found_by_its_very_secret_in_every_run,
    two_keys_never_have_the_same_secret,
    only_what_is_named_is_changed,
    a_removed_key_keeps_its_name_and_frees_its_secret,
    keys_are_listed_with_the_digests_that_find_them,
    a_rotated_key_is_found_by_both_values_until_the_first_one_ends,
    others_learn_of_every_change,
);

async fn create(database: &Database, name: &str, secret: &str) -> Result<StoredKey, DatabaseError> {
    let key = NewKey {
        name: name.to_owned(),
        secret: &SecretString::from(secret),
        hint: secret.chars().rev().take(4).collect(),
        policy: "{}".to_owned(),
        expires_at: Some(NOW + 100),
    };
    database.create_key(key, NOW).await
}

async fn find(database: &Database, secret: &str) -> Option<StoredKey> {
    let digest = database.keyed_digest("key", &secret.into());
    let keys = database.keys_with_digests().await.unwrap().into_iter();
    let mut found = keys.filter(|(_, known)| known.iter().any(|it| it.digest == digest));
    found.next().map(|(key, _)| key)
}

async fn a_key_is_found_by_its_very_secret_in_every_run(backend: &Backend) {
    let database = backend.open().await;
    let made = create(&database, "first", "sk-secret-1").await.unwrap();
    create(&database, "second", "sk-secret-2").await.unwrap();
    database.close().await;
    let database = backend.open().await;
    assert_eq!(find(&database, "sk-secret-1").await, Some(made.clone()));
    assert!(database.keys().await.unwrap().contains(&made));
    for other in [
        "",
        "sk-secret",
        "sk-secret-11",
        "SK-SECRET-1",
        "' OR 1=1 --",
    ] {
        assert_eq!(find(&database, other).await, None, "{other:?}");
    }
}

async fn two_keys_never_have_the_same_secret(backend: &Backend) {
    let database = backend.open().await;
    create(&database, "first", "sk-secret").await.unwrap();
    let again = create(&database, "second", "sk-secret").await;
    assert_eq!(again.unwrap_err(), DatabaseError::Exists);
    assert_eq!(database.keys().await.unwrap().len(), 1);
}

async fn only_what_is_named_is_changed(backend: &Backend) {
    let database = backend.open().await;
    let made = create(&database, "first", "sk-secret").await.unwrap();
    let other = create(&database, "other", "sk-other").await.unwrap();
    let nothing = KeyPatch::default();
    database.change_key(made.id, nothing).await.unwrap();
    assert_eq!(find(&database, "sk-secret").await.unwrap(), made);
    let patch = KeyPatch {
        policy: Some(r#"{"models":["a"]}"#.to_owned()),
        is_disabled: Some(true),
        ..KeyPatch::default()
    };
    database.change_key(made.id, patch).await.unwrap();
    let patch = KeyPatch {
        name: Some("renamed".to_owned()),
        expires_at: Some(None),
        ..KeyPatch::default()
    };
    database.change_key(made.id, patch).await.unwrap();
    let expected = StoredKey {
        name: "renamed".to_owned(),
        policy: r#"{"models":["a"]}"#.to_owned(),
        is_disabled: true,
        expires_at: None,
        ..made
    };
    assert_eq!(find(&database, "sk-secret").await, Some(expected));
    assert_eq!(find(&database, "sk-other").await, Some(other));
    let nobody = GatewayKeyId(Uuid::from_u128(7));
    let missing = database.change_key(nobody, KeyPatch::default()).await;
    assert_eq!(missing, Err(DatabaseError::NotFound));
}

async fn a_removed_key_keeps_its_name_and_frees_its_secret(backend: &Backend) {
    let database = backend.open().await;
    let made = create(&database, "first", "sk-secret").await.unwrap();
    database.remove_key(made.id, NOW + 5).await.unwrap();
    assert_eq!(find(&database, "sk-secret").await, None);
    let kept = database.keys().await.unwrap();
    let expected = StoredKey {
        removed_at: Some(NOW + 5),
        ..made.clone()
    };
    assert_eq!(kept, [expected]);
    let again = database.remove_key(made.id, NOW + 6).await;
    assert_eq!(again, Err(DatabaseError::NotFound));
    let changed = database.change_key(made.id, KeyPatch::default()).await;
    assert_eq!(changed, Err(DatabaseError::NotFound));
    let second = create(&database, "second", "sk-secret").await.unwrap();
    assert_eq!(find(&database, "sk-secret").await.unwrap().id, second.id);
}

async fn keys_are_listed_with_the_digests_that_find_them(backend: &Backend) {
    let database = backend.open().await;
    let kept = create(&database, "first", "sk-secret-1").await.unwrap();
    let gone = create(&database, "second", "sk-secret-2").await.unwrap();
    database.remove_key(gone.id, NOW).await.unwrap();
    let digest = database.keyed_digest("key", &"sk-secret-1".into());
    let listed = database.keys_with_digests().await;
    let digest_of_it = KeyDigest {
        digest,
        until: None,
    };
    assert_eq!(listed, Ok(vec![(kept, vec![digest_of_it])]));
    let other_purpose = database.keyed_digest("seed", &"sk-secret-1".into());
    assert_ne!(digest, other_purpose);
    database.close().await;
    let again = backend.open().await;
    assert_eq!(again.keyed_digest("key", &"sk-secret-1".into()), digest);
}

async fn a_rotated_key_is_found_by_both_values_until_the_first_one_ends(backend: &Backend) {
    let database = backend.open().await;
    let made = create(&database, "first", "sk-secret-1").await.unwrap();
    for (value, until) in [("sk-secret-2", NOW + 5), ("sk-secret-3", NOW + 9)] {
        let secret = SecretString::from(value);
        let rotated = RotatedKey {
            secret: &secret,
            hint: value.to_owned(),
            previous_until: until,
        };
        database.rotate_key(made.id, rotated).await.unwrap();
    }
    let expected = StoredKey {
        hint: "sk-secret-3".to_owned(),
        previous_until: Some(NOW + 9),
        ..made.clone()
    };
    assert_eq!(find(&database, "sk-secret-1").await, None);
    assert_eq!(find(&database, "sk-secret-2").await, Some(expected.clone()));
    assert_eq!(find(&database, "sk-secret-3").await, Some(expected));
    let digest = |value: &str| database.keyed_digest("key", &value.into());
    let listed = database.keys_with_digests().await.unwrap();
    let digests = [("sk-secret-3", None), ("sk-secret-2", Some(NOW + 9))];
    let digests = digests.map(|(value, until)| KeyDigest {
        digest: digest(value),
        until,
    });
    assert_eq!(listed[0].1, digests);
    database.remove_key(made.id, NOW).await.unwrap();
    assert_eq!(find(&database, "sk-secret-2").await, None);
    let secret = SecretString::from("sk-secret-4");
    let rotated = RotatedKey {
        secret: &secret,
        hint: String::new(),
        previous_until: NOW,
    };
    let gone = database.rotate_key(made.id, rotated).await;
    assert_eq!(gone, Err(DatabaseError::NotFound));
}

async fn others_learn_of_every_change(backend: &Backend) {
    let database = backend.open().await;
    let made = create(&database, "first", "sk-secret").await.unwrap();
    assert_eq!(revision(&database, "key").await, 1);
    let patch = KeyPatch::default();
    database.change_key(made.id, patch).await.unwrap();
    assert_eq!(revision(&database, "key").await, 2);
    database.remove_key(made.id, NOW).await.unwrap();
    assert_eq!(revision(&database, "key").await, 3);
}
