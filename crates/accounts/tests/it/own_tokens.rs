//! Tokens of a caller's own that buy others: exchanged once, kept for their owner alone.

use std::time::Duration;

use accounts::{Caller, Door, NoAccount, NotACaller, SeedRefused};
use futures_util::poll;
use simulator::{RefreshFamily, TokenSpec};
use tokio::task::JoinSet;

use crate::support::{Backend, Node, World, any, faulty, key_holder, on_both};

on_both!(
    an_own_refresh_token_is_exchanged_once_and_shown_for_ever,
    a_token_that_opens_nothing_leaves_nothing_behind,
    shown_for_the_first_time_twice_at_once_it_is_exchanged_once,
    a_callers_account_that_the_pool_has_already_is_that_one,
);

async fn shown(node: &Node, what: &str) -> Result<Caller, NotACaller> {
    node.callers.identify(what, Door::Closed).await
}

/// What tells the account behind a caller's own token from others.
fn own_key(caller: &Caller) -> [u8; 16] {
    let Caller::OwnToken(own) = caller else {
        panic!("{caller:?}");
    };
    own.key()
}

async fn an_own_refresh_token_is_exchanged_once_and_shown_for_ever(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let token = world.codex(&TokenSpec::new("ada"));
    let first = shown(&node, &token).await.unwrap();
    for _ in 0..3 {
        let again = shown(&node, &token).await.unwrap();
        assert_eq!(again.owner_id(), first.owner_id());
    }
    assert_eq!(world.exchanges(), 1);
    // It is the same account as with an AccessToken.
    let own = shown(&node, &world.access("ada")).await.unwrap();
    assert_eq!(own_key(&own), own_key(&first));
    for _ in 0..3 {
        // Its tokens end, and are bought anew when it calls.
        world.clock.advance(11 * 24 * 3600);
        let again = shown(&node, &token).await.unwrap();
        assert_eq!(again.owner_id(), first.owner_id());
        let lease = node.pool.lease(&any(&again)).await.unwrap();
        assert!(!lease.credential().is_expired_at(world.clock.seconds()));
    }
    assert_eq!(world.exchanges(), 4);
    world.assert_each_token_was_sent_once();
    node.end().await;
    // The first one still opens it after a restart, in another process too.
    let node = world.node("b").await;
    let again = shown(&node, &token).await.unwrap();
    assert_eq!(again.owner_id(), first.owner_id());
    assert_eq!(world.exchanges(), 4);
    node.end().await;
}

async fn a_token_that_opens_nothing_leaves_nothing_behind(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let session = world.simulator.mint_session_token(&TokenSpec::new("ada"));
    let spoilt_session = format!("{session}x");
    let garbage = [
        "rt_garbage".to_owned(),
        "rt_garbage,11111111-2222-4333-8444-555555555555".to_owned(),
        // What stands for the server of an API key elsewhere.
        "rt_anything,https://server.example/v1".to_owned(),
        "x".repeat(45),
        world.codex(&faulty("ada", "invalid-grant")),
        world.codex(&faulty("bob", "refresh-500")),
        spoilt_session,
    ];
    for text in &garbage {
        let refused = shown(&node, text).await.unwrap_err();
        assert!(
            matches!(refused, NotACaller::NotExchanged(_)),
            "{refused:?}"
        );
        let token = text.split(',').next().unwrap();
        assert!(!refused.to_string().contains(token), "{refused}");
    }
    node.settled().await;
    for table in [
        "account",
        "credential",
        "credential_alias",
        "account_health",
    ] {
        assert_eq!(world.backend.count(table).await, 0, "{table}");
    }
    assert!(node.pool.accounts().is_empty());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_sent_because_of_a_limit_leaves_nothing_behind() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let limited = world.codex(&faulty("ada", "refresh-429-once"));
    let other = world.codex(&TokenSpec::new("bob"));
    for text in [&limited, &other] {
        let refused = shown(&node, text).await.unwrap_err();
        assert!(matches!(refused, NotACaller::NotExchanged(_)));
    }
    assert_eq!(world.exchanges(), 1, "the other one is held back");
    assert_eq!(world.backend.count("account").await, 0);
    world.clock.advance(60);
    assert!(shown(&node, &other).await.is_ok());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_hammer_the_sign_in_service() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let known = world.codex(&TokenSpec::new("ada"));
    shown(&node, &known).await.unwrap();
    for number in 1..60 {
        let refused = shown(&node, &format!("rt_garbage-{number}")).await;
        assert!(matches!(refused, Err(NotACaller::NotExchanged(_))));
    }
    let new = world.codex(&TokenSpec::new("bob"));
    let many = shown(&node, &new).await.unwrap_err();
    assert_eq!(many, NotACaller::TooManyTokens);
    assert_eq!(world.asked("/oauth/token"), 60);
    assert!(shown(&node, &known).await.is_ok(), "who is known is served");
    world.clock.advance(60);
    assert!(shown(&node, &new).await.is_ok());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_account_serves_everybody_when_the_operator_adds_it() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let token = world.codex(&TokenSpec::new("ada"));
    let own = shown(&node, &token).await.unwrap();
    let ids = node.import(std::slice::from_ref(&token)).await;
    assert!(node.account(ids[0]).is_shared);
    let lease = node.pool.lease(&any(&key_holder(&node))).await.unwrap();
    assert_eq!(lease.account_id(), Some(ids[0]));
    drop(lease);
    let again = shown(&node, &token).await.unwrap();
    assert_eq!(again.owner_id(), own.owner_id());
    assert_eq!(world.exchanges(), 1);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_leaves_nothing_half_done() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let token = world.codex(&faulty("ada", "refresh-slow"));
    for text in ["rt_garbage", &token] {
        let mut leaving = Box::pin(shown(&node, text));
        // Once for the look-up, then it is on its way.
        while node.tasks.len() == 1 {
            assert!(poll!(&mut leaving).is_pending());
            tokio::task::yield_now().await;
        }
        drop(leaving);
        node.settled().await;
    }
    assert_eq!(
        node.pool.accounts().len(),
        1,
        "the one that opens something"
    );
    assert!(shown(&node, &token).await.is_ok());
    assert_eq!(world.exchanges(), 1);
    world.assert_each_token_was_sent_once();
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_be_spent_is_kept() {
    let world = World::with(Backend::sqlite(), |options| {
        options.sign_in.overlap = Duration::from_hours(1);
    })
    .await;
    let node = world.node("a").await;
    let token = world.codex(&faulty("ada", "refresh-cut-once"));
    let lost = shown(&node, &token).await.unwrap_err();
    assert!(matches!(lost, NotACaller::NotExchanged(_)));
    // Nobody hammers the service with it.
    for _ in 0..10 {
        shown(&node, &token).await.unwrap_err();
    }
    assert_eq!(world.exchanges(), 1);
    world.clock.advance(120);
    assert!(shown(&node, &token).await.is_ok());
    node.end().await;
}

async fn shown_for_the_first_time_twice_at_once_it_is_exchanged_once(backend: Backend) {
    let world = World::on(backend).await;
    let (one, other) = (world.node("one").await, world.node("other").await);
    let token = world.codex(&TokenSpec::new("ada"));
    let mut calls = JoinSet::new();
    for node in [&one, &other] {
        for _ in 0..10 {
            let (callers, token) = (node.callers.clone(), token.clone());
            calls.spawn(async move { callers.identify(&token, Door::Closed).await });
        }
    }
    let owners: Vec<String> = calls
        .join_all()
        .await
        .into_iter()
        .map(|it| it.unwrap().owner_id())
        .collect();
    assert_eq!(owners.len(), 20);
    assert!(owners.iter().all(|it| *it == owners[0]));
    assert_eq!(world.exchanges(), 1);
    world.assert_each_token_was_sent_once();
    one.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_account_serves_nobody_else() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let token = world.codex(&TokenSpec::new("ada"));
    let own = shown(&node, &token).await.unwrap();
    let holder = key_holder(&node);
    let failure = node.pool.lease(&any(&holder)).await.unwrap_err();
    assert_eq!(failure, NoAccount::EmptyPool);
    let key = own_key(&own);
    assert!(node.pool.lease_account(&holder, key).await.is_none());
    assert!(node.pool.lease_all(&holder).is_err());
    let seed = node
        .callers
        .identify("a seed", Door::Open)
        .await
        .unwrap_err();
    let expected = SeedRefused::NoAccount(NoAccount::EmptyPool);
    assert_eq!(seed, NotACaller::Seed(expected));
    // Nor does its owner get anybody else's.
    node.add(&world, &["bob"]).await;
    let lease = node.pool.lease(&any(&own)).await.unwrap();
    assert_eq!(lease.credential().key(), key);
    assert_eq!(lease.account_id(), None);
    drop(lease);
    node.end().await;
}

async fn a_callers_account_that_the_pool_has_already_is_that_one(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["ada"]).await;
    let token = world.codex(&TokenSpec::new("ada"));
    // At the very first call.
    let own = shown(&node, &token).await.unwrap();
    let again = shown(&node, &token).await.unwrap();
    assert_eq!(own.owner_id(), again.owner_id());
    let listed: Vec<_> = node.pool.accounts().iter().map(|it| it.id).collect();
    assert_eq!(listed, ids);
    assert!(node.pool.lease(&any(&key_holder(&node))).await.is_ok());
    assert_eq!(world.exchanges(), 1);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_acts_for_the_workspace_that_is_named_with_it() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let token = world.codex(&TokenSpec::new("ada").with_workspace("team"));
    let plain = shown(&node, &token).await.unwrap();
    let workspace = "11111111-2222-4333-8444-555555555555";
    let named = shown(&node, &format!("{token},{workspace}")).await.unwrap();
    assert_ne!(own_key(&plain), own_key(&named));
    // As with an AccessToken and the same workspace.
    let access = format!("{},{workspace}", world.access("ada"));
    let own = shown(&node, &access).await.unwrap();
    assert_eq!(own_key(&own), own_key(&named));
    assert_eq!(world.exchanges(), 1);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bought_token_that_upstream_rejects_is_replaced_for_the_next_call() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let token = world.codex(&faulty("ada", "access-invalidated-once"));
    let own = shown(&node, &token).await.unwrap();
    let lease = node.pool.lease(&any(&own)).await.unwrap();
    lease.ended(accounts::Outcome::TokenRejected);
    drop(lease);
    node.settled().await;
    let next = shown(&node, &token).await.unwrap();
    let (Caller::OwnToken(before), Caller::OwnToken(after)) = (own, next) else {
        panic!("both are own tokens");
    };
    assert_ne!(before.token_key(), after.token_key());
    world.assert_each_token_was_sent_once();
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_upstream_took_back_is_not_asked_about_again() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let family = RefreshFamily::Codex;
    let token = world
        .simulator
        .mint_refresh_token(&TokenSpec::new("ada"), family);
    shown(&node, &token).await.unwrap();
    // Somebody signs in anew; the old sign-in is over.
    let ids: Vec<_> = node.pool.accounts().iter().map(|it| it.id).collect();
    world.revoke(&token).await;
    world.clock.advance(11 * 24 * 3600);
    for _ in 0..5 {
        let refused = shown(&node, &token).await.unwrap_err();
        assert!(refused.to_string().contains("sign in again"), "{refused}");
    }
    assert_eq!(world.exchanges(), 2);
    assert_eq!(node.health(ids[0]), "needs_sign_in");
    node.end().await;
}
