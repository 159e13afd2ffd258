//! Taking accounts in: who is recognised by what, and which tokens are kept.

use std::time::Instant;

use secrecy::ExposeSecret;
use store::Database;
use store::records::{Claim, FreshCredential, Imported, NewAccount, NewTokens, Outcome};
use uuid::Uuid;

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both, revision};

on_both!(
    an_account_is_recognised_by_who_it_is,
    an_account_is_recognised_by_any_token_it_ever_had,
    older_tokens_change_nothing,
    duplicates_in_one_list_become_one_account,
    new_tokens_end_what_was_under_way_and_heal,
    an_access_token_alone_leaves_a_claim_as_it_is,
    a_callers_account_is_shared_when_somebody_else_adds_it,
    a_cleared_account_comes_back_by_importing_it,
    all_of_a_list_or_nothing_of_it,
    trying_writes_nothing_and_says_the_same,
    positions_go_on_in_the_order_of_upload,
    lists_in_two_processes_at_once_become_one,
    how_long_ten_thousand_take,
);

async fn import(database: &Database, list: Vec<NewAccount>) -> Vec<Imported> {
    database.import_accounts(list, NOW).await.unwrap()
}

fn outcomes(imported: &[Imported]) -> Vec<Outcome> {
    imported.iter().map(|it| it.outcome).collect()
}

/// The account's tokens: the one that is shown, and the one that is claimed.
async fn tokens(database: &Database, at: usize) -> (Option<String>, Option<String>) {
    let stored = &database.accounts().await.unwrap()[at];
    let access = stored.tokens.access.as_ref();
    let access = access.map(|it| it.expose_secret().to_owned());
    let claim = database.claim_refresh(stored.id, "reader", 60_000, 0).await;
    let refresh = match claim.unwrap() {
        Claim::Won(claimed) => Some(claimed.refresh.expose_secret().to_owned()),
        _ => None,
    };
    let released = database.release_refresh(stored.id, "reader", false);
    released.await.unwrap();
    (access, refresh)
}

fn with_tokens(number: u8, access: Option<(&str, i64)>, refresh: Option<&str>) -> NewAccount {
    NewAccount {
        tokens: NewTokens {
            access: access.map(|(token, _)| token.into()),
            access_expires_at: access.map(|(_, at)| at),
            refresh: refresh.map(Into::into),
            refresh_client: refresh.map(|_| "codex".into()),
        },
        ..account(number)
    }
}

async fn an_account_is_recognised_by_who_it_is(backend: &Backend) {
    let database = backend.open().await;
    let first = import(&database, vec![account(1)]).await;
    let newer = with_tokens(1, Some(("newer", NOW + 2000)), Some("newer-refresh"));
    let second = import(&database, vec![newer]).await;
    assert_eq!(outcomes(&second), [Outcome::Updated]);
    assert_eq!(second[0].id, first[0].id);
    let expected = (Some("newer".into()), Some("newer-refresh".into()));
    assert_eq!(tokens(&database, 0).await, expected);
    // A list without a RefreshToken takes none away.
    let only_access = with_tokens(1, Some(("newest", NOW + 3000)), None);
    let third = import(&database, vec![only_access]).await;
    assert_eq!(outcomes(&third), [Outcome::Updated]);
    let expected = (Some("newest".into()), Some("newer-refresh".into()));
    assert_eq!(tokens(&database, 0).await, expected);
    let stored = &database.accounts().await.unwrap()[0];
    assert_eq!(stored.tokens.refresh_client.as_deref(), Some("codex"));
    assert_eq!(stored.tokens.access_expires_at, Some(NOW + 3000));
}

async fn an_account_is_recognised_by_any_token_it_ever_had(backend: &Backend) {
    let database = backend.open().await;
    let first = import(&database, vec![account(1)]).await[0].id;
    for round in 1..=3 {
        let claim = database.claim_refresh(first, "a", 60_000, 60_000).await;
        let Ok(Claim::Won(claimed)) = claim else {
            unreachable!("nobody else claims it");
        };
        let fresh = FreshCredential {
            access: format!("access-{round}").into(),
            access_expires_at: Some(NOW + 5000 + round),
            refresh: Some(format!("rotated-{round}").into()),
            client: None,
        };
        let landed = database
            .commit_refresh(first, &claimed.fingerprint, fresh, NOW)
            .await;
        assert_eq!(landed, Ok(true));
    }
    // A line with the first token only; who it is could not be told from it.
    let unknown = NewAccount {
        identity: [99; 16],
        ..with_tokens(1, None, Some("refresh-1"))
    };
    let again = import(&database, vec![unknown]).await;
    let expected = Imported {
        id: first,
        outcome: Outcome::Unchanged,
    };
    assert_eq!(again, [expected]);
    assert_eq!(database.accounts().await.unwrap().len(), 1);
    let expected = (Some("access-3".into()), Some("rotated-3".into()));
    assert_eq!(tokens(&database, 0).await, expected);
    for token in ["refresh-1", "rotated-1", "rotated-2", "rotated-3"] {
        let whose = database.account_of_refresh(&token.into()).await;
        assert_eq!(whose, Ok(Some(first)), "{token}");
    }
    let nobody = database.account_of_refresh(&"rotated-4".into()).await;
    assert_eq!(nobody, Ok(None));
}

async fn older_tokens_change_nothing(backend: &Backend) {
    let database = backend.open().await;
    import(&database, vec![account(1)]).await;
    for expires_at in [NOW + 999, NOW + 1000] {
        let older = with_tokens(1, Some(("older", expires_at)), None);
        let again = import(&database, vec![older]).await;
        assert_eq!(outcomes(&again), [Outcome::Unchanged]);
    }
    let (access, _) = tokens(&database, 0).await;
    assert_eq!(access.as_deref(), Some("access-1"));
    let generation = database.accounts().await.unwrap()[0].tokens.generation;
    assert_eq!(generation, 0);
}

async fn duplicates_in_one_list_become_one_account(backend: &Backend) {
    let database = backend.open().await;
    let list = vec![
        account(1),
        account(2),
        account(1),
        with_tokens(1, Some(("newer", NOW + 2000)), None),
        NewAccount {
            identity: [77; 16],
            ..with_tokens(2, None, Some("refresh-2"))
        },
    ];
    let imported = import(&database, list).await;
    let expected = [
        Outcome::Added,
        Outcome::Added,
        Outcome::Unchanged,
        Outcome::Updated,
        Outcome::Unchanged,
    ];
    assert_eq!(outcomes(&imported), expected);
    assert_eq!(imported[2].id, imported[0].id);
    assert_eq!(imported[4].id, imported[1].id);
    assert_eq!(database.accounts().await.unwrap().len(), 2);
    let expected = (Some("newer".into()), Some("refresh-1".into()));
    assert_eq!(tokens(&database, 0).await, expected);
}

async fn new_tokens_end_what_was_under_way_and_heal(backend: &Backend) {
    let database = backend.open().await;
    let id = import(&database, vec![account(1)]).await[0].id;
    let claim = database.claim_refresh(id, "a", 60_000, 60_000).await;
    assert!(matches!(claim, Ok(Claim::Won(_))));
    let sick = store::records::StoredHealth {
        state: "needs_sign_in".into(),
        reason: Some("revoked".into()),
        since: NOW - 5,
    };
    database.set_health(id, sick).await.unwrap();
    let before = revision(&database, "account").await;
    let newer = with_tokens(1, None, Some("newer-refresh"));
    assert_eq!(
        outcomes(&import(&database, vec![newer]).await),
        [Outcome::Updated]
    );
    assert_eq!(revision(&database, "account").await, before + 1);
    let stored = &database.accounts().await.unwrap()[0];
    assert_eq!(stored.health.state, "healthy");
    assert_eq!(stored.health.reason, None);
    assert_eq!(stored.tokens.generation, 1);
    let claim = database.claim_refresh(id, "b", 60_000, 60_000).await;
    let Ok(Claim::Won(claimed)) = claim else {
        unreachable!("the claim was for the old token");
    };
    assert_eq!(claimed.refresh.expose_secret(), "newer-refresh");
}

async fn an_access_token_alone_leaves_a_claim_as_it_is(backend: &Backend) {
    let database = backend.open().await;
    let id = import(&database, vec![account(1)]).await[0].id;
    let claim = database.claim_refresh(id, "a", 60_000, 60_000).await;
    assert!(matches!(claim, Ok(Claim::Won(_))));
    let newer = with_tokens(1, Some(("newer", NOW + 2000)), None);
    import(&database, vec![newer]).await;
    // Its RefreshToken is on its way: nobody else may send it.
    let claim = database.claim_refresh(id, "b", 60_000, 0).await;
    assert!(matches!(claim, Ok(Claim::Taken(_))), "{claim:?}");
}

async fn a_callers_account_is_shared_when_somebody_else_adds_it(backend: &Backend) {
    let database = backend.open().await;
    let from = |source: &str, number| NewAccount {
        source: source.to_owned(),
        ..account(number)
    };
    import(&database, vec![from("caller", 1), from("caller", 2)]).await;
    let again = import(&database, vec![from("caller", 1)]).await;
    assert_eq!(outcomes(&again), [Outcome::Unchanged]);
    let list = || vec![from("admin", 1), from("settings", 1)];
    let tried = database.try_import(list(), NOW).await.unwrap();
    let added = import(&database, list()).await;
    assert_eq!(outcomes(&added), [Outcome::Updated, Outcome::Unchanged]);
    assert_eq!(outcomes(&tried), outcomes(&added));
    // One that does not say yet who it is turns out to be the other one.
    let newcomer = NewAccount {
        identity: [99; 16],
        ..with_tokens(2, None, Some("another-refresh"))
    };
    let newcomer = NewAccount {
        source: "command_line".to_owned(),
        ..newcomer
    };
    let id = import(&database, vec![newcomer]).await[0].id;
    let identity = account(2).identity;
    database.identify_account(id, identity).await.unwrap();
    // A caller who shows a token of an account that is shared does not take it away.
    import(&database, vec![from("caller", 1)]).await;
    let stored = database.accounts().await.unwrap();
    let sources: Vec<_> = stored.iter().map(|it| it.source.as_str()).collect();
    assert_eq!(sources, ["admin", "command_line"]);
}

async fn a_cleared_account_comes_back_by_importing_it(backend: &Backend) {
    let database = backend.open().await;
    let id = import(&database, vec![account(1), account(2)]).await[0].id;
    let cleared = database.clear_accounts(NOW).await.unwrap();
    let again = import(&database, vec![account(1)]).await;
    let expected = Imported {
        id,
        outcome: Outcome::Restored,
    };
    assert_eq!(again, [expected]);
    assert_eq!(database.accounts().await.unwrap().len(), 1);
    // The one that came back is not part of the clearing any more.
    assert_eq!(database.undo_clearing(&cleared.id).await, Ok(1));
    assert_eq!(database.undo_clearing(&cleared.id).await, Ok(0));
    let (access, refresh) = tokens(&database, 0).await;
    assert_eq!(access.as_deref(), Some("access-1"));
    assert_eq!(refresh.as_deref(), Some("refresh-1"));
}

async fn all_of_a_list_or_nothing_of_it(backend: &Backend) {
    let database = backend.open().await;
    import(&database, vec![account(1)]).await;
    // The last statement of an import fails.
    backend.sql("ALTER TABLE revision RENAME TO away").await;
    let list = vec![
        with_tokens(1, Some(("newer", NOW + 2000)), None),
        account(2),
    ];
    assert!(database.import_accounts(list, NOW).await.is_err());
    backend.sql("ALTER TABLE away RENAME TO revision").await;
    assert_eq!(database.accounts().await.unwrap().len(), 1);
    let (access, _) = tokens(&database, 0).await;
    assert_eq!(access.as_deref(), Some("access-1"));
    let again = import(&database, vec![account(2)]).await;
    assert_eq!(outcomes(&again), [Outcome::Added]);
}

async fn trying_writes_nothing_and_says_the_same(backend: &Backend) {
    let database = backend.open().await;
    import(&database, vec![account(1)]).await;
    let list = || {
        vec![
            account(1),
            account(2),
            account(2),
            with_tokens(1, Some(("newer", NOW + 2000)), None),
        ]
    };
    let before = revision(&database, "account").await;
    let tried = database.try_import(list(), NOW).await.unwrap();
    assert_eq!(revision(&database, "account").await, before);
    assert_eq!(database.accounts().await.unwrap().len(), 1);
    let done = import(&database, list()).await;
    assert_eq!(outcomes(&tried), outcomes(&done));
}

async fn positions_go_on_in_the_order_of_upload(backend: &Backend) {
    let database = backend.open().await;
    import(&database, vec![account(3), account(1)]).await;
    let first = database.accounts().await.unwrap()[0].id;
    import(&database, vec![account(2), account(3)]).await;
    database.remove_account(first).await.unwrap();
    import(&database, vec![account(3)]).await;
    let accounts = database.accounts().await.unwrap();
    let order = accounts.iter().map(|it| (it.label.as_str(), it.position));
    let expected = [("account-1", 2), ("account-2", 3), ("account-3", 4)];
    assert_eq!(order.collect::<Vec<_>>(), expected);
}

async fn lists_in_two_processes_at_once_become_one(backend: &Backend) {
    let handles = backend.open_several(2).await;
    let list = || (1..=20).map(account).collect::<Vec<_>>();
    let (first, second) = tokio::join!(
        handles[0].import_accounts(list(), NOW),
        handles[1].import_accounts(list(), NOW),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    let ids = |it: &[Imported]| it.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&second));
    assert_eq!(handles[0].accounts().await.unwrap().len(), 20);
}

/// Says so only: how fast a machine is decides nothing.
#[expect(clippy::print_stdout, reason = "it is what it is for")]
async fn how_long_ten_thousand_take(backend: &Backend) {
    let database = backend.open().await;
    let list = || {
        let entry = |number: u128| NewAccount {
            identity: number.to_be_bytes(),
            label: format!("account-{number}"),
            device_id: Uuid::from_u128(number),
            tokens: NewTokens {
                access: Some("a".repeat(2000).into()),
                access_expires_at: Some(NOW + 1000),
                refresh: Some(format!("refresh-{number}").into()),
                refresh_client: Some("codex".into()),
            },
            ..account(1)
        };
        (0..10_000).map(entry).collect::<Vec<_>>()
    };
    for expected in [Outcome::Added, Outcome::Unchanged] {
        let began = Instant::now();
        let imported = import(&database, list()).await;
        let took = began.elapsed().as_millis();
        assert!(imported.iter().all(|it| it.outcome == expected));
        println!(
            "{}: 10,000 accounts, {expected:?}: {took} ms",
            database.kind()
        );
    }
    let began = Instant::now();
    assert_eq!(database.accounts().await.unwrap().len(), 10_000);
    let took = began.elapsed().as_millis();
    println!("{}: 10,000 accounts read: {took} ms", database.kind());
}
