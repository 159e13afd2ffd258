//! Accounts: imported once, changed, cleared and brought back.

use store::records::{AccountPatch, NewAccount, NewTokens, Outcome};
use uuid::Uuid;

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_list_changes_nothing_the_second_time,
    what_was_cleared_comes_back_with_its_tokens,
);

pub(crate) fn account(number: u8) -> NewAccount {
    NewAccount {
        identity: [number; 16],
        label: format!("account-{number}"),
        source: "import".into(),
        device_id: Uuid::from_u128(number.into()),
        workspace: None,
        plan: Some("plus".into()),
        tokens: NewTokens {
            access: Some(format!("access-{number}").into()),
            access_expires_at: Some(NOW + 1000),
            refresh: Some(format!("refresh-{number}").into()),
            refresh_client: Some("codex".into()),
        },
    }
}

async fn a_list_changes_nothing_the_second_time(backend: &Backend) {
    let database = backend.open().await;
    let list = || (1..=3).map(account).collect::<Vec<_>>();
    let outcomes =
        |it: Vec<store::records::Imported>| it.into_iter().map(|it| it.outcome).collect::<Vec<_>>();
    let first = database.import_accounts(list(), NOW).await.unwrap();
    assert_eq!(outcomes(first), [Outcome::Added; 3]);
    let before = database.revisions().await.unwrap();
    let second = database.import_accounts(list(), NOW).await.unwrap();
    assert_eq!(outcomes(second), [Outcome::Unchanged; 3]);
    assert_ne!(before, []);
    let labels: Vec<_> = database.accounts().await.unwrap();
    let labels: Vec<_> = labels
        .iter()
        .map(|it| (it.label.as_str(), it.position))
        .collect();
    assert_eq!(
        labels,
        [("account-1", 1), ("account-2", 2), ("account-3", 3)]
    );
    database.close().await;
}

async fn what_was_cleared_comes_back_with_its_tokens(backend: &Backend) {
    use secrecy::ExposeSecret;
    let database = backend.open().await;
    let imported = database
        .import_accounts(vec![account(1)], NOW)
        .await
        .unwrap();
    let cleared = database.clear_accounts(NOW).await.unwrap();
    assert_eq!(cleared.count, 1);
    assert!(database.accounts().await.unwrap().is_empty());
    let patch = AccountPatch::default();
    assert!(
        database
            .change_account(imported[0].id, patch)
            .await
            .is_err()
    );
    assert_eq!(database.undo_clearing(&cleared.id).await.unwrap(), 1);
    let back = database.accounts().await.unwrap();
    let access = back[0].tokens.access.as_ref().unwrap();
    assert_eq!(access.expose_secret(), "access-1");
    database.close().await;
}
