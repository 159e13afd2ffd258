//! Accounts as they are stored and leased, one after the other.

use std::collections::HashSet;

use accounts::{Caller, NoAccount, Outcome, Rotation, Scope, Wanted};
use store::records::{AccountId, AccountPatch};
use upstream::ChallengeKind;

use crate::support::{Backend, MODEL, Node, World, any, key_holder, on_both, scopes};

on_both!(
    strict_turns_go_on_after_a_restart_where_they_stopped,
    accounts_are_in_the_order_of_upload_also_after_a_restart,
    a_conversation_stays_with_its_account_and_is_nobody_elses,
    accounts_taken_in_by_two_processes_at_once_all_get_their_turn,
);

/// Leases so many times one after the other: whom.
async fn turns(node: &Node, caller: &Caller, times: usize) -> Vec<AccountId> {
    let mut turns = Vec::new();
    for _ in 0..times {
        let lease = node.pool.lease(&any(caller)).await.unwrap();
        turns.push(lease.account_id().unwrap());
    }
    turns
}

async fn accounts_are_in_the_order_of_upload_also_after_a_restart(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let mut expected = node.add(&world, &["c", "a", "b"]).await;
    expected.extend(node.add(&world, &["z", "d"]).await);
    // What was there already stays where it is.
    node.add(&world, &["d", "a"]).await;
    let listed = |node: &Node| -> Vec<AccountId> {
        let accounts = node.pool.accounts();
        accounts.iter().map(|it| it.id).collect()
    };
    assert_eq!(listed(&node), expected);
    node.end().await;
    let node = world.node("a").await;
    assert_eq!(listed(&node), expected);
    node.end().await;
}

async fn strict_turns_go_on_after_a_restart_where_they_stopped(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a", "b", "c", "d", "e"]).await;
    let caller = key_holder(&node);
    let before = turns(&node, &caller, 8).await;
    node.end().await;
    let node = world.node("a").await;
    let after = turns(&node, &caller, 9).await;
    node.end().await;
    let all = [before, after].concat();
    let expected: Vec<AccountId> = ids.iter().copied().cycle().take(17).collect();
    assert_eq!(all, expected);
}

async fn a_conversation_stays_with_its_account_and_is_nobody_elses(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    node.add(&world, &["a", "b", "c"]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    let id = lease.account_id();
    let remembered = node
        .pool
        .remember_conversation("conversation-1", &caller, &lease);
    remembered.await.unwrap();
    drop(lease);
    let going_on = |caller| Wanted {
        conversation_id: Some("conversation-1"),
        ..any(caller)
    };
    for _ in 0..5 {
        let lease = node.pool.lease(&going_on(&caller)).await.unwrap();
        assert_eq!(lease.account_id(), id);
    }
    let stranger = upstream::Credential::parse(&world.access("x"), "own").unwrap();
    let stranger = Caller::OwnToken(Box::new(stranger));
    // Whoever has a token has no account but that one's.
    let lease = node.pool.lease(&going_on(&stranger)).await.unwrap();
    assert_eq!(lease.account_id(), None);
    drop(lease);
    node.pool.remove(id.unwrap()).await.unwrap();
    let gone = node.pool.lease(&going_on(&caller)).await.unwrap_err();
    assert_eq!(gone, NoAccount::UnknownConversation);
    node.end().await;
}

async fn accounts_taken_in_by_two_processes_at_once_all_get_their_turn(backend: Backend) {
    let world = World::on(backend).await;
    let (one, other) = (world.node("one").await, world.node("other").await);
    for round in 0..10 {
        // One that is the same, and one of their own.
        let names = ["same", "one", "other"].map(|it| format!("{it}-{round}"));
        let [same, first, second] = names.each_ref().map(String::as_str);
        let (of_one, of_other) = ([same, first], [same, second]);
        tokio::join!(one.add(&world, &of_one), other.add(&world, &of_other));
    }
    one.pool.sync().await.unwrap();
    assert_eq!(one.pool.accounts().len(), 30);
    let caller = key_holder(&one);
    let turns: HashSet<AccountId> = turns(&one, &caller, 30).await.into_iter().collect();
    assert_eq!(turns.len(), 30);
    one.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_given_back_whatever_comes_of_the_attempt() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let outcomes = [
        Outcome::Unknown,
        Outcome::Limited(Scope::Model(MODEL.into()), Some(world.clock.seconds() + 60)),
        Outcome::Limited(Scope::Feature("image_gen".into()), None),
        Outcome::TokenRejected,
        Outcome::Challenged(ChallengeKind::Turnstile),
        Outcome::Challenged(ChallengeKind::Cloudflare),
        Outcome::Deactivated,
    ];
    let names: Vec<String> = (0..outcomes.len()).map(|it| format!("a{it}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    node.add(&world, &names).await;
    let caller = key_holder(&node);
    for outcome in outcomes {
        let wanted = Wanted {
            scopes: &scopes(),
            ..any(&caller)
        };
        let lease = node.pool.lease(&wanted).await.unwrap();
        assert_eq!(node.pool.leased(), 1);
        lease.ended(outcome.clone());
        drop(lease);
        assert_eq!(node.pool.leased(), 0, "{outcome:?}");
    }
    node.settled().await;
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_of_an_account_that_is_removed_is_given_back_to_nobody() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    node.pool.remove(ids[0]).await.unwrap();
    lease.ended(Outcome::TokenRejected);
    lease.answered();
    drop(lease);
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::EmptyPool);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_goes_on_when_accounts_are_loaded_again() {
    let world = World::sqlite().await;
    let node = world.node_with("a", |it| it.max_in_use = Some(1)).await;
    let ids = node.add(&world, &["a", "b"]).await;
    let caller = key_holder(&node);
    let held = node.pool.lease(&any(&caller)).await.unwrap();
    node.add(&world, &["c"]).await;
    assert_eq!(node.account(ids[0]).in_use, 1);
    let others = [
        node.pool.lease(&any(&caller)).await.unwrap(),
        node.pool.lease(&any(&caller)).await.unwrap(),
    ];
    assert!(others.iter().all(|it| it.account_id() != held.account_id()));
    drop((held, others));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_serves_nobody_until_it_is_enabled_again() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let disabled = |is_disabled| AccountPatch {
        is_disabled: Some(is_disabled),
        ..AccountPatch::default()
    };
    node.pool.change(ids[0], disabled(true)).await.unwrap();
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    assert!(node.pool.lease_all(&caller).is_err());
    node.pool.change(ids[0], disabled(false)).await.unwrap();
    assert!(node.pool.lease(&any(&caller)).await.is_ok());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_takes_no_account_that_was_tried() {
    let world = World::sqlite().await;
    for rotation in [
        Rotation::Random,
        Rotation::RoundRobin,
        Rotation::LeastLoaded,
        Rotation::QuotaAware,
    ] {
        let node = world.node_with("a", |it| it.rotation = rotation).await;
        node.add(&world, &["a", "b", "c"]).await;
        let caller = key_holder(&node);
        let mut tried = Vec::new();
        for _ in 0..3 {
            let wanted = Wanted {
                tried: &tried,
                ..any(&caller)
            };
            let lease = node.pool.lease(&wanted).await.unwrap();
            let key = lease.credential().key();
            assert!(!tried.contains(&key), "{rotation:?}");
            tried.push(key);
        }
        let wanted = Wanted {
            tried: &tried,
            ..any(&caller)
        };
        let failure = node.pool.lease(&wanted).await.unwrap_err();
        assert_eq!(failure, NoAccount::AllTried, "{rotation:?}");
        node.end().await;
    }
}
