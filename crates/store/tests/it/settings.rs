//! Settings that were changed in the administration: sealed, listed, given back.

use secrecy::{ExposeSecret, SecretString};
use store::{Database, DatabaseError};

use crate::database::{Backend, NOW, on_both, revision};

on_both!(
    a_setting_stays_until_it_is_set_again_or_removed,
    a_setting_that_does_not_open_is_an_error_and_never_left_out,
    others_learn_of_every_change,
);

async fn set(database: &Database, name: &str, value: &str, now: i64) {
    let value = SecretString::from(value);
    database.set_override(name, &value, now).await.unwrap();
}

async fn all(database: &Database) -> Vec<(String, String, i64)> {
    let all = database.overrides().await.unwrap();
    let exposed = |(name, value, at): (String, SecretString, i64)| {
        (name, value.expose_secret().to_owned(), at)
    };
    all.into_iter().map(exposed).collect()
}

async fn a_setting_stays_until_it_is_set_again_or_removed(backend: &Backend) {
    let database = backend.open().await;
    assert_eq!(all(&database).await, []);
    set(&database, "B", "two", NOW).await;
    set(&database, "A", "one", NOW + 1).await;
    set(&database, "A", "", NOW + 2).await;
    database.close().await;
    let database = backend.open().await;
    let expected = [
        ("A".to_owned(), String::new(), NOW + 2),
        ("B".to_owned(), "two".to_owned(), NOW),
    ];
    assert_eq!(all(&database).await, expected);
    assert_eq!(database.remove_override("A").await, Ok(true));
    assert_eq!(database.remove_override("A").await, Ok(false));
    assert_eq!(all(&database).await, expected[1..]);
}

async fn a_setting_that_does_not_open_is_an_error_and_never_left_out(backend: &Backend) {
    let database = backend.open().await;
    set(&database, "A", "one", NOW).await;
    set(&database, "B", "two", NOW).await;
    backend
        .sql(
            "UPDATE setting_override SET value_sealed = \
             (SELECT value_sealed FROM setting_override WHERE name = 'B') WHERE name = 'A'",
        )
        .await;
    let said = database.overrides().await.unwrap_err();
    assert_eq!(said, DatabaseError::Unopenable("setting_override.value"));
    // Setting it again heals it.
    set(&database, "A", "three", NOW).await;
    assert_eq!(all(&database).await[0].1, "three");
}

async fn others_learn_of_every_change(backend: &Backend) {
    let database = backend.open().await;
    set(&database, "A", "one", NOW).await;
    assert_eq!(revision(&database, "setting").await, 1);
    database.remove_override("A").await.unwrap();
    assert_eq!(revision(&database, "setting").await, 2);
}
