//! Sessions of the administration: found by their token until they end.

use secrecy::SecretString;
use store::Database;
use store::records::StoredSession;

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_session_is_found_by_its_token_until_it_ends,
    a_session_is_written_to_once_a_minute_at_most,
    sessions_are_ended_one_by_one_and_all_of_a_kind,
    what_is_over_is_forgotten,
);

async fn create(database: &Database, token: &str, kind: &str, expires_at: i64) {
    let token = SecretString::from(token);
    let created = database.create_session(&token, kind, NOW, expires_at);
    created.await.unwrap();
}

async fn find(database: &Database, token: &str, now: i64) -> Option<StoredSession> {
    let token = SecretString::from(token);
    database.session(&token, now).await.unwrap()
}

async fn a_session_is_found_by_its_token_until_it_ends(backend: &Backend) {
    let database = backend.open().await;
    create(&database, "token", "password", NOW + 50).await;
    database.close().await;
    let database = backend.open().await;
    let expected = StoredSession {
        kind: "password".to_owned(),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW + 50,
    };
    assert_eq!(find(&database, "token", NOW).await, Some(expected.clone()));
    assert_eq!(find(&database, "token", NOW + 49).await, Some(expected));
    assert_eq!(find(&database, "token", NOW + 50).await, None);
    assert_eq!(find(&database, "Token", NOW).await, None);
}

async fn a_session_is_written_to_once_a_minute_at_most(backend: &Backend) {
    let database = backend.open().await;
    create(&database, "token", "password", NOW + 1000).await;
    for (now, seen) in [(59, 0), (60, 60), (119, 60), (121, 121), (100, 121)] {
        let found = find(&database, "token", NOW + now).await.unwrap();
        assert_eq!(found.last_seen_at, NOW + seen, "after {now} s");
    }
    // Not only said, but written down.
    database.close().await;
    let found = find(&backend.open().await, "token", NOW + 121).await;
    assert_eq!(found.unwrap().last_seen_at, NOW + 121);
}

async fn sessions_are_ended_one_by_one_and_all_of_a_kind(backend: &Backend) {
    let database = backend.open().await;
    for (token, kind) in [("a", "one"), ("b", "one"), ("c", "one"), ("d", "two")] {
        create(&database, token, kind, NOW + 50).await;
    }
    let first = SecretString::from("a");
    assert_eq!(database.end_session(&first).await, Ok(true));
    assert_eq!(database.end_session(&first).await, Ok(false));
    assert_eq!(find(&database, "a", NOW).await, None);
    assert!(find(&database, "b", NOW).await.is_some());
    assert_eq!(database.end_all_sessions("one").await, Ok(2));
    assert_eq!(find(&database, "b", NOW).await, None);
    assert!(find(&database, "d", NOW).await.is_some());
}

async fn what_is_over_is_forgotten(backend: &Backend) {
    let database = backend.open().await;
    create(&database, "a", "one", NOW + 50).await;
    create(&database, "b", "one", NOW + 51).await;
    assert_eq!(database.forget_sessions(NOW + 49).await, Ok(0));
    assert_eq!(database.forget_sessions(NOW + 50).await, Ok(1));
    assert!(find(&database, "b", NOW).await.is_some());
}
