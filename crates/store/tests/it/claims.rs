//! Claims on refreshing: one at a time, by the database's clock, and committed by token.

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use store::Database;
use store::records::{AccountId, Claim, Claimed, FreshCredential, NewAccount, NewTokens};
use uuid::Uuid;

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both, revision};

on_both!(
    of_owners_that_claim_at_once_one_wins,
    a_claim_ends_by_itself_by_the_clock_of_the_database,
    a_token_that_may_be_on_its_way_is_left_alone_for_a_while,
    a_claim_that_is_given_back_says_whether_the_token_was_sent,
    what_an_earlier_process_had_claimed_is_given_back_with_its_note,
    an_answer_that_comes_late_still_lands,
    tokens_for_one_that_was_replaced_are_refused,
    an_answer_without_a_refresh_token_keeps_the_old_one,
    a_refresh_token_that_comes_alone_leaves_the_access_token,
    there_is_nothing_to_claim_without_a_refresh_token,
    an_account_is_unused_until_its_token_is_claimed,
);

const LONG_MS: i64 = 600_000;

async fn one_account(database: &Database) -> AccountId {
    let imported = database.import_accounts(vec![account(1)], NOW).await;
    imported.unwrap()[0].id
}

async fn won(database: &Database, id: AccountId, owner: &str) -> Claimed {
    let claim = database.claim_refresh(id, owner, LONG_MS, LONG_MS).await;
    let Ok(Claim::Won(claimed)) = claim else {
        unreachable!("it should have been free for {owner}");
    };
    claimed
}

fn fresh(name: &str) -> FreshCredential {
    FreshCredential {
        access: format!("access-{name}").into(),
        access_expires_at: Some(NOW + 5000),
        refresh: Some(format!("refresh-{name}").into()),
        client: None,
    }
}

/// Waits for the database's clock to go on past a moment.
async fn past(database: &Database, moment_ms: i64) {
    while database.now_ms().await.unwrap() <= moment_ms {
        tokio::task::yield_now().await;
    }
}

async fn of_owners_that_claim_at_once_one_wins(backend: &Backend) {
    let handles = backend.open_several(3).await;
    let id = one_account(&handles[0]).await;
    let owners: Vec<_> = (0..12).map(|it| format!("owner-{it}")).collect();
    let claims = owners.iter().enumerate().map(|(number, owner)| {
        let handle = &handles[number % 3];
        handle.claim_refresh(id, owner, LONG_MS, LONG_MS)
    });
    let claims: Vec<_> = join_all(claims).await;
    let now = handles[0].now_ms().await.unwrap();
    let mut winners = 0;
    for claim in claims {
        match claim.unwrap() {
            Claim::Won(claimed) => {
                winners += 1;
                assert_eq!(claimed.refresh.expose_secret(), "refresh-1");
                assert_eq!(claimed.client.as_deref(), Some("codex"));
                assert_eq!(claimed.generation, 0);
            }
            Claim::Taken(until) => assert!(until > now && until <= now + LONG_MS),
            other => unreachable!("{other:?}"),
        }
    }
    assert_eq!(winners, 1);
}

async fn a_claim_ends_by_itself_by_the_clock_of_the_database(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    let first = database.claim_refresh(id, "a", 1, 0).await;
    assert!(matches!(first, Ok(Claim::Won(_))));
    past(&database, database.now_ms().await.unwrap() + 1).await;
    // Without a quarantine the end of the lease is all there is to wait for.
    let second = database.claim_refresh(id, "b", LONG_MS, 0).await;
    assert!(matches!(second, Ok(Claim::Won(_))));
    let third = database.claim_refresh(id, "c", LONG_MS, 0).await;
    assert!(matches!(third, Ok(Claim::Taken(_))));
    // The first owner cannot give back what is another's by now.
    database.release_refresh(id, "a", false).await.unwrap();
    let fourth = database.claim_refresh(id, "c", LONG_MS, 0).await;
    assert!(matches!(fourth, Ok(Claim::Taken(_))));
}

async fn a_token_that_may_be_on_its_way_is_left_alone_for_a_while(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    let began = database.now_ms().await.unwrap();
    let first = database.claim_refresh(id, "a", 1, LONG_MS).await;
    assert!(matches!(first, Ok(Claim::Won(_))));
    past(&database, database.now_ms().await.unwrap() + 1).await;
    let second = database.claim_refresh(id, "b", 1, LONG_MS).await;
    let Ok(Claim::Unsettled(until)) = second else {
        unreachable!("the first token may be on its way: {second:?}");
    };
    let now = database.now_ms().await.unwrap();
    assert!(until >= began + LONG_MS && until <= now + LONG_MS);
    // A shorter quarantine is over by now.
    past(&database, now + 1).await;
    let third = database.claim_refresh(id, "b", 1, 1).await;
    assert!(matches!(third, Ok(Claim::Won(_))));
}

async fn a_claim_that_is_given_back_says_whether_the_token_was_sent(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    won(&database, id, "a").await;
    database.release_refresh(id, "a", false).await.unwrap();
    won(&database, id, "b").await;
    database.release_refresh(id, "b", true).await.unwrap();
    let third = database.claim_refresh(id, "c", LONG_MS, LONG_MS).await;
    assert!(matches!(third, Ok(Claim::Unsettled(_))));
}

async fn what_an_earlier_process_had_claimed_is_given_back_with_its_note(backend: &Backend) {
    let database = backend.open().await;
    let list = vec![account(1), account(2), account(3)];
    let imported = database.import_accounts(list, NOW).await.unwrap();
    let ids: Vec<_> = imported.into_iter().map(|it| it.id).collect();
    for (id, owner) in ids.iter().zip(["ended", "ended", "other"]) {
        won(&database, *id, owner).await;
    }
    assert_eq!(database.release_refreshes_of("ended").await, Ok(2));
    assert_eq!(database.release_refreshes_of("ended").await, Ok(0));
    let claim = |id| database.claim_refresh(id, "new", LONG_MS, LONG_MS);
    assert!(matches!(claim(ids[0]).await, Ok(Claim::Unsettled(_))));
    assert!(matches!(claim(ids[2]).await, Ok(Claim::Taken(_))));
}

async fn an_answer_that_comes_late_still_lands(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    let claimed = won(&database, id, "a").await;
    // The lease is lost to nobody in particular.
    database.release_refresh(id, "a", true).await.unwrap();
    let before = revision(&database, "account").await;
    let landed = database
        .commit_refresh(id, &claimed.fingerprint, fresh("new"), NOW + 7)
        .await;
    assert_eq!(landed, Ok(true));
    assert_eq!(revision(&database, "account").await, before + 1);
    let stored = &database.accounts().await.unwrap()[0].tokens;
    let access = stored.access.as_ref().unwrap();
    assert_eq!(access.expose_secret(), "access-new");
    assert_eq!((stored.generation, stored.refreshed_at), (1, Some(NOW + 7)));
    assert_eq!(database.credential_generation(id).await, Ok(Some(1)));
    // What was committed is settled: the next claim needs not wait.
    let next = won(&database, id, "b").await;
    assert_eq!(next.refresh.expose_secret(), "refresh-new");
    assert_eq!(next.generation, 1);
}

async fn tokens_for_one_that_was_replaced_are_refused(backend: &Backend) {
    let handles = backend.open_several(2).await;
    let id = one_account(&handles[0]).await;
    let claimed = won(&handles[0], id, "a").await;
    let names: Vec<_> = (0..6).map(|it| format!("rotated-{it}")).collect();
    let commits = names.iter().enumerate().map(|(number, name)| {
        handles[number % 2].commit_refresh(id, &claimed.fingerprint, fresh(name), NOW)
    });
    let landed: Vec<_> = join_all(commits).await;
    let landed = landed.into_iter().filter(|it| *it == Ok(true)).count();
    assert_eq!(landed, 1);
    let revision_before = revision(&handles[0], "account").await;
    let late = handles[1]
        .commit_refresh(id, &claimed.fingerprint, fresh("late"), NOW)
        .await;
    assert_eq!(late, Ok(false));
    assert_eq!(revision(&handles[0], "account").await, revision_before);
    // The token of a refused answer is not remembered as the account's.
    let whose = handles[0].account_of_refresh(&"refresh-late".into()).await;
    assert_eq!(whose, Ok(None));
    assert_eq!(handles[0].credential_generation(id).await, Ok(Some(1)));
}

async fn an_answer_without_a_refresh_token_keeps_the_old_one(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    for round in 0..2 {
        let claimed = won(&database, id, "a").await;
        assert_eq!(claimed.refresh.expose_secret(), "refresh-1");
        assert_eq!(claimed.client.as_deref(), Some("codex"));
        let without = FreshCredential {
            refresh: None,
            ..fresh(&format!("{round}"))
        };
        let landed = database
            .commit_refresh(id, &claimed.fingerprint, without, NOW)
            .await;
        assert_eq!(landed, Ok(true));
    }
    let stored = &database.accounts().await.unwrap()[0].tokens;
    let access = stored.access.as_ref().unwrap();
    assert_eq!(access.expose_secret(), "access-1");
    assert!(stored.can_refresh);
}

async fn a_refresh_token_that_comes_alone_leaves_the_access_token(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    let claimed = won(&database, id, "a").await;
    let rotated = |token: &str| {
        let token = SecretString::from(token);
        database.commit_rotated(id, &claimed.fingerprint, token, NOW)
    };
    assert_eq!(rotated("rotated").await, Ok(true));
    assert_eq!(rotated("late").await, Ok(false));
    let stored = &database.accounts().await.unwrap()[0].tokens;
    let access = stored.access.as_ref().unwrap();
    assert_eq!(access.expose_secret(), "access-1");
    assert_eq!(stored.access_expires_at, Some(NOW + 1000));
    let next = won(&database, id, "b").await;
    assert_eq!(next.refresh.expose_secret(), "rotated");
    assert_eq!(next.client.as_deref(), Some("codex"));
}

async fn there_is_nothing_to_claim_without_a_refresh_token(backend: &Backend) {
    let database = backend.open().await;
    let without = NewAccount {
        tokens: NewTokens {
            access: Some("access".into()),
            ..NewTokens::default()
        },
        ..account(1)
    };
    let imported = database.import_accounts(vec![without], NOW).await.unwrap();
    for id in [imported[0].id, AccountId(Uuid::from_u128(7))] {
        let claim = database.claim_refresh(id, "a", LONG_MS, LONG_MS).await;
        assert!(matches!(claim, Ok(Claim::Nothing)));
    }
    assert!(!database.accounts().await.unwrap()[0].tokens.can_refresh);
}

async fn an_account_is_unused_until_its_token_is_claimed(backend: &Backend) {
    let database = backend.open().await;
    let id = one_account(&database).await;
    won(&database, id, "a").await;
    assert_eq!(database.remove_unused_account(id).await, Ok(false));
    // The token may be spent.
    database.release_refresh(id, "a", true).await.unwrap();
    assert_eq!(database.remove_unused_account(id).await, Ok(false));
    let claim = database.claim_refresh(id, "b", LONG_MS, -1).await;
    assert!(matches!(claim, Ok(Claim::Won(_))), "{claim:?}");
    database.release_refresh(id, "b", false).await.unwrap();
    assert_eq!(database.remove_unused_account(id).await, Ok(true));
    assert_eq!(database.remove_unused_account(id).await, Ok(false));
    assert!(database.accounts().await.unwrap().is_empty());
}
