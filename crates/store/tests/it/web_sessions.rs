//! Sessions of the web chat: found by their cookie only, extended, ended and forgotten.

use secrecy::{ExposeSecret, SecretString};
use store::Database;

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_session_is_found_by_its_token_until_it_ends,
    a_session_that_is_seen_goes_on_and_the_others_are_forgotten,
    what_was_shown_is_sealed_anew_with_the_keys,
);

fn token(name: &str) -> SecretString {
    SecretString::from(format!("token-{name}"))
}

async fn begin(database: &Database, name: &str) {
    let shown = SecretString::from(format!("credential-{name}"));
    let token = token(name);
    let begun = database.create_web_session(&token, &shown, NOW, NOW + 60);
    begun.await.unwrap();
}

async fn credential(database: &Database, name: &str, now: i64) -> Option<String> {
    let session = database.web_session(&token(name), now).await.unwrap();
    session.map(|it| it.credential.expose_secret().to_owned())
}

async fn a_session_is_found_by_its_token_until_it_ends(backend: &Backend) {
    let database = backend.open().await;
    begin(&database, "a").await;
    begin(&database, "b").await;
    let found = credential(&database, "a", NOW).await;
    assert_eq!(found.as_deref(), Some("credential-a"));
    assert_eq!(credential(&database, "c", NOW).await, None);
    assert_eq!(credential(&database, "a", NOW + 60).await, None);
    assert_eq!(database.end_web_session(&token("a")).await, Ok(true));
    assert_eq!(database.end_web_session(&token("a")).await, Ok(false));
    assert_eq!(credential(&database, "a", NOW).await, None);
    assert!(credential(&database, "b", NOW).await.is_some());
}

async fn a_session_that_is_seen_goes_on_and_the_others_are_forgotten(backend: &Backend) {
    let database = backend.open().await;
    begin(&database, "seen").await;
    begin(&database, "left").await;
    let (seen, left) = (token("seen"), token("left"));
    let extended = database.extend_web_session(&seen, NOW + 30, NOW + 90);
    extended.await.unwrap();
    let session = database.web_session(&seen, NOW + 60).await;
    let session = session.unwrap().unwrap();
    assert_eq!(
        (session.last_seen_at, session.expires_at),
        (NOW + 30, NOW + 90)
    );
    assert_eq!(database.forget_web_sessions(NOW + 60).await, Ok(1));
    // Nothing is made of one that is gone.
    let gone = database.extend_web_session(&left, NOW, NOW + 90);
    gone.await.unwrap();
    assert_eq!(credential(&database, "left", NOW).await, None);
    assert!(credential(&database, "seen", NOW + 60).await.is_some());
}

async fn what_was_shown_is_sealed_anew_with_the_keys(backend: &Backend) {
    let database = backend.open().await;
    begin(&database, "a").await;
    let resealed = database.rotate_data_key(NOW).await.unwrap().resealed;
    assert_eq!(resealed, 1);
    let found = credential(&database, "a", NOW).await;
    assert_eq!(found.as_deref(), Some("credential-a"));
}
