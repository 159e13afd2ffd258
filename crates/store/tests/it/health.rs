//! How accounts are, and what they may not do for a while.

use store::Database;
use store::records::{AccountId, StoredCoolDown, StoredHealth};
use uuid::Uuid;

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both, revision};

on_both!(
    of_two_cool_downs_the_later_end_counts,
    cool_downs_are_taken_back_one_by_one_or_all_of_an_account,
    what_is_over_is_not_told_and_is_forgotten,
    health_is_written_down_for_one_account,
    health_goes_with_its_account,
);

async fn accounts(database: &Database) -> Vec<AccountId> {
    let list = vec![account(1), account(2)];
    let imported = database.import_accounts(list, NOW).await.unwrap();
    imported.into_iter().map(|it| it.id).collect()
}

fn cool_down(account: AccountId, scope: &str, until: i64, source: &str) -> StoredCoolDown {
    StoredCoolDown {
        account,
        scope: scope.into(),
        until,
        source: source.into(),
        noted_at: NOW,
    }
}

async fn note(database: &Database, it: &StoredCoolDown) {
    database.note_cool_down(it.clone()).await.unwrap();
}

async fn of_two_cool_downs_the_later_end_counts(backend: &Backend) {
    let handles = backend.open_several(2).await;
    let ids = accounts(&handles[0]).await;
    let later = cool_down(ids[0], "gpt", NOW + 200, "refusal");
    note(&handles[0], &cool_down(ids[0], "gpt", NOW + 100, "guess")).await;
    note(&handles[1], &later).await;
    note(&handles[0], &cool_down(ids[0], "gpt", NOW + 150, "report")).await;
    note(&handles[0], &cool_down(ids[0], "gpt", NOW + 200, "report")).await;
    assert_eq!(handles[1].cool_downs(NOW).await, Ok(vec![later]));
    // For an account that is gone there is nothing to note, and no error.
    let nobody = AccountId(Uuid::from_u128(7));
    note(&handles[0], &cool_down(nobody, "gpt", NOW + 100, "guess")).await;
    assert_eq!(handles[0].cool_downs(NOW).await.unwrap().len(), 1);
}

async fn cool_downs_are_taken_back_one_by_one_or_all_of_an_account(backend: &Backend) {
    let database = backend.open().await;
    let ids = accounts(&database).await;
    for scope in ["a", "b", "c"] {
        note(&database, &cool_down(ids[0], scope, NOW + 100, "guess")).await;
    }
    let other = cool_down(ids[1], "a", NOW + 100, "guess");
    note(&database, &other).await;
    let before = revision(&database, "health").await;
    let one = database.clear_cool_down(ids[0], Some("a".into())).await;
    assert_eq!(one, Ok(1));
    assert_eq!(database.clear_cool_down(ids[0], None).await, Ok(2));
    assert_eq!(revision(&database, "health").await, before + 2);
    assert_eq!(database.cool_downs(NOW).await, Ok(vec![other]));
}

async fn what_is_over_is_not_told_and_is_forgotten(backend: &Backend) {
    let database = backend.open().await;
    let ids = accounts(&database).await;
    note(&database, &cool_down(ids[0], "a", NOW + 100, "guess")).await;
    let long = cool_down(ids[0], "b", NOW + 101, "guess");
    note(&database, &long).await;
    assert_eq!(database.cool_downs(NOW + 99).await.unwrap().len(), 2);
    let left = database.cool_downs(NOW + 100).await;
    assert_eq!(left, Ok(vec![long.clone()]));
    assert_eq!(database.forget_cool_downs(NOW + 99).await, Ok(0));
    assert_eq!(database.forget_cool_downs(NOW + 100).await, Ok(1));
    assert_eq!(database.cool_downs(NOW).await, Ok(vec![long]));
}

async fn health_is_written_down_for_one_account(backend: &Backend) {
    let database = backend.open().await;
    let ids = accounts(&database).await;
    let before = revision(&database, "health").await;
    let sick = StoredHealth {
        state: "needs_sign_in".into(),
        reason: Some("the session has ended".into()),
        since: NOW + 3,
    };
    database.set_health(ids[0], sick.clone()).await.unwrap();
    assert_eq!(revision(&database, "health").await, before + 1);
    let stored = database.accounts().await.unwrap();
    assert_eq!(stored[0].health, sick);
    assert_eq!(stored[1].health.state, "healthy");
    // Health and tokens are apart: neither writes the other.
    assert_eq!(stored[0].tokens.generation, 0);
}

async fn health_goes_with_its_account(backend: &Backend) {
    let database = backend.open().await;
    let ids = accounts(&database).await;
    note(&database, &cool_down(ids[0], "a", NOW + 100, "guess")).await;
    database.remove_account(ids[0]).await.unwrap();
    assert_eq!(database.cool_downs(NOW).await, Ok(Vec::new()));
    assert_eq!(
        database.remove_account(ids[0]).await,
        Err(store::DatabaseError::NotFound)
    );
}
