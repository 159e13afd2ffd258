//! What was said of an account's spans of time.

use store::Database;
use store::records::{AccountId, StoredQuotaWindow};
use uuid::Uuid;

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both};

on_both!(
    the_later_word_stands_whoever_is_later_to_write_it,
    what_was_said_goes_with_its_account,
);

async fn added(database: &Database) -> AccountId {
    let imported = database.import_accounts(vec![account(1)], NOW).await;
    imported.unwrap()[0].id
}

fn window(account: AccountId, name: &str, used_percent: i64, noted_at: i64) -> StoredQuotaWindow {
    StoredQuotaWindow {
        account,
        name: name.into(),
        used_percent,
        minutes: Some(300),
        resets_at: None,
        source: "answer".into(),
        noted_at,
    }
}

async fn the_later_word_stands_whoever_is_later_to_write_it(backend: &Backend) {
    let database = backend.open().await;
    let id = added(&database).await;
    let (first, longer) = (
        window(id, "primary", 5, NOW),
        window(id, "secondary", 1, NOW),
    );
    let said = vec![first, longer.clone()];
    database.note_quota_windows(said).await.unwrap();
    let last = StoredQuotaWindow {
        resets_at: Some(NOW + 60),
        source: "check".into(),
        ..window(id, "primary", 9, NOW + 2)
    };
    let earlier = window(id, "primary", 7, NOW + 1);
    let nobodys = window(AccountId(Uuid::from_u128(7)), "primary", 1, NOW);
    for said in [&last, &earlier, &nobodys] {
        let noted = database.note_quota_windows(vec![said.clone()]).await;
        noted.unwrap();
    }
    assert_eq!(database.quota_windows().await, Ok(vec![last, longer]));
}

async fn what_was_said_goes_with_its_account(backend: &Backend) {
    let database = backend.open().await;
    let id = added(&database).await;
    let said = vec![window(id, "primary", 5, NOW)];
    database.note_quota_windows(said).await.unwrap();
    database.remove_account(id).await.unwrap();
    assert_eq!(database.quota_windows().await, Ok(Vec::new()));
}
