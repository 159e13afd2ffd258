//! Seeds: bound once, found by name, bound anew, cleared and brought back.

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, StoredSeed};
use store::{Database, DatabaseError};
use uuid::Uuid;

use crate::accounts::account;
use crate::database::{Backend, NOW, on_both, revision};

on_both!(
    of_processes_that_bind_at_once_the_first_wins_and_all_get_its_account,
    a_seed_is_found_by_its_very_name_in_every_run,
    a_seed_is_bound_to_another_account_on_demand_only,
    a_seed_of_no_account_is_refused,
    a_removed_seed_is_gone,
    a_cleared_seed_comes_back_by_undoing_or_by_binding_it_again,
    others_learn_of_every_change_and_of_nothing_else,
);

async fn accounts(database: &Database, count: u8) -> Vec<AccountId> {
    let list = (1..=count).map(account).collect();
    let imported = database.import_accounts(list, NOW).await.unwrap();
    imported.into_iter().map(|it| it.id).collect()
}

fn name(text: &str) -> SecretString {
    SecretString::from(text)
}

fn names(seeds: &[StoredSeed]) -> Vec<&str> {
    seeds.iter().map(|it| it.name.expose_secret()).collect()
}

async fn of_processes_that_bind_at_once_the_first_wins_and_all_get_its_account(backend: &Backend) {
    let handles = backend.open_several(3).await;
    let accounts = accounts(&handles[0], 3).await;
    for round in 0..10 {
        let word = name(&format!("word-{round}"));
        let bound = join_all((0..12).map(|number| {
            let handle = &handles[number % 3];
            handle.bind_seed(&word, accounts[number % 3], NOW + round)
        }));
        let bound: Vec<_> = bound.await.into_iter().map(Result::unwrap).collect();
        let stands = handles[0].seed(&word).await.unwrap().unwrap();
        assert!(bound.iter().all(|it| it.account == stands.account));
        assert_eq!(stands.created_at, NOW + round);
    }
    assert_eq!(handles[1].seeds().await.unwrap().len(), 10);
}

async fn a_seed_is_found_by_its_very_name_in_every_run(backend: &Backend) {
    let database = backend.open().await;
    let accounts = accounts(&database, 2).await;
    let lower = database.bind_seed(&name("alice"), accounts[0], NOW).await;
    let upper = database
        .bind_seed(&name("Alice"), accounts[1], NOW + 1)
        .await;
    assert_ne!(lower.unwrap().id, upper.unwrap().id);
    database.close().await;
    let database = backend.open().await;
    let lower = database.seed(&name("alice")).await.unwrap().unwrap();
    let upper = database.seed(&name("Alice")).await.unwrap().unwrap();
    assert_eq!((lower.account, upper.account), (accounts[0], accounts[1]));
    assert_eq!((lower.created_at, lower.rebound_at), (NOW, None));
    for other in ["", "alic", "alice ", "ALICE", "alice\u{301}"] {
        let found = database.seed(&name(other)).await.unwrap();
        assert!(found.is_none(), "{other:?}");
    }
    assert_eq!(names(&database.seeds().await.unwrap()), ["alice", "Alice"]);
}

async fn a_seed_is_bound_to_another_account_on_demand_only(backend: &Backend) {
    let database = backend.open().await;
    let accounts = accounts(&database, 2).await;
    let word = name("word");
    let missing = database.rebind_seed(&word, accounts[0], NOW).await;
    assert_eq!(missing.unwrap_err(), DatabaseError::NotFound);
    database.bind_seed(&word, accounts[0], NOW).await.unwrap();
    let kept = database.bind_seed(&word, accounts[1], NOW + 1).await;
    assert_eq!(kept.unwrap().account, accounts[0]);
    let rebound = database.rebind_seed(&word, accounts[1], NOW + 2).await;
    let found = database.seed(&word).await.unwrap().unwrap();
    for it in [rebound.unwrap(), found] {
        assert_eq!(it.account, accounts[1]);
        assert_eq!((it.created_at, it.rebound_at), (NOW, Some(NOW + 2)));
    }
}

async fn a_seed_of_no_account_is_refused(backend: &Backend) {
    let database = backend.open().await;
    let accounts = accounts(&database, 1).await;
    let nobody = AccountId(Uuid::from_u128(7));
    let refused = database.bind_seed(&name("word"), nobody, NOW).await;
    assert_eq!(refused.unwrap_err(), DatabaseError::NotFound);
    assert!(database.seed(&name("word")).await.unwrap().is_none());
    let bound = database.bind_seed(&name("word"), accounts[0], NOW).await;
    let bound = bound.unwrap();
    let refused = database.rebind_seed(&name("word"), nobody, NOW).await;
    assert_eq!(refused.unwrap_err(), DatabaseError::NotFound);
    let stands = database.seed(&name("word")).await.unwrap().unwrap();
    assert_eq!((stands.account, stands.rebound_at), (bound.account, None));
}

async fn a_removed_seed_is_gone(backend: &Backend) {
    let database = backend.open().await;
    let accounts = accounts(&database, 2).await;
    for word in ["one", "two"] {
        let bound = database.bind_seed(&name(word), accounts[0], NOW).await;
        bound.unwrap();
    }
    assert_eq!(database.remove_seed(&name("one")).await, Ok(true));
    assert_eq!(database.remove_seed(&name("one")).await, Ok(false));
    assert_eq!(names(&database.seeds().await.unwrap()), ["two"]);
    let again = database.bind_seed(&name("one"), accounts[1], NOW).await;
    assert_eq!(again.unwrap().account, accounts[1]);
}

async fn a_cleared_seed_comes_back_by_undoing_or_by_binding_it_again(backend: &Backend) {
    let database = backend.open().await;
    let accounts = accounts(&database, 2).await;
    for word in ["undone", "bound"] {
        let bound = database.bind_seed(&name(word), accounts[0], NOW).await;
        bound.unwrap();
    }
    let rebound = database.rebind_seed(&name("bound"), accounts[0], NOW).await;
    rebound.unwrap();
    let cleared = database.clear_seeds(NOW + 1).await.unwrap();
    assert_eq!(cleared.count, 2);
    assert!(database.seeds().await.unwrap().is_empty());
    assert!(database.seed(&name("bound")).await.unwrap().is_none());
    assert_eq!(database.remove_seed(&name("bound")).await, Ok(false));
    let rebound = database.rebind_seed(&name("bound"), accounts[1], NOW).await;
    assert_eq!(rebound.unwrap_err(), DatabaseError::NotFound);

    let bound = database
        .bind_seed(&name("bound"), accounts[1], NOW + 2)
        .await;
    let bound = bound.unwrap();
    assert_eq!(bound.account, accounts[1]);
    assert_eq!((bound.created_at, bound.rebound_at), (NOW + 2, None));
    // What was bound again is not taken back by undoing.
    assert_eq!(database.undo_clearing(&cleared.id).await, Ok(1));
    let stands = database.seed(&name("bound")).await.unwrap().unwrap();
    assert_eq!(stands.account, accounts[1]);
    let undone = database.seed(&name("undone")).await.unwrap().unwrap();
    assert_eq!((undone.account, undone.created_at), (accounts[0], NOW));

    database.clear_seeds(NOW + 3).await.unwrap();
    assert_eq!(database.purge_cleared(NOW + 3).await, Ok(0));
    assert_eq!(database.purge_cleared(NOW + 4).await, Ok(2));
}

async fn others_learn_of_every_change_and_of_nothing_else(backend: &Backend) {
    let database = backend.open().await;
    let accounts = accounts(&database, 2).await;
    let word = name("word");
    assert_eq!(revision(&database, "seed").await, 0);
    database.bind_seed(&word, accounts[0], NOW).await.unwrap();
    assert_eq!(revision(&database, "seed").await, 1);
    database.bind_seed(&word, accounts[1], NOW).await.unwrap();
    database.seed(&word).await.unwrap();
    assert_eq!(revision(&database, "seed").await, 1);
    database.rebind_seed(&word, accounts[1], NOW).await.unwrap();
    database.remove_seed(&word).await.unwrap();
    assert_eq!(revision(&database, "seed").await, 3);
}
