//! What can go wrong with a renewal, and what becomes of the account and its token then.

use std::time::Duration;

use accounts::NoAccount;
use axum::Json;
use axum::routing::post;
use serde_json::json;
use simulator::{ExchangeOutcome, TokenSpec};
use store::SpooledRotation;
use store::records::AccountId;
use store::records::{Claim, Claimed, FreshCredential};
use tokio::net::TcpListener;

use crate::support::{Backend, NOW, Node, World, any, faulty, key_holder, on_both};

on_both!(
    tokens_that_the_database_never_got_are_stored_at_the_next_start,
    a_refresh_token_that_comes_alone_takes_the_place_of_the_old_one,
    what_an_ended_process_had_claimed_can_be_claimed_again,
    the_work_of_a_process_that_crashed_is_recovered,
    a_token_that_fails_is_sent_once_however_many_wait_for_it,
);

const MINUTE: u64 = 60;

/// An account with a token that ends in an hour, and whose exchange runs into a fault.
async fn troubled(world: &World, node: &Node, fault: &str) -> AccountId {
    let access = world.simulator.mint_access_token(&TokenSpec {
        lifetime: Duration::from_hours(1),
        ..TokenSpec::new(fault)
    });
    node.import(&[world.signed_in(&faulty(fault, fault), &access)])
        .await[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_explicit_word_ends_an_account_and_its_access_token_still_serves() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let caller = key_holder(&node);
    for (fault, health) in [
        ("invalid-grant", "needs_sign_in"),
        ("access-denied", "needs_sign_in"),
        ("refresh-expired", "needs_sign_in"),
        ("refresh-reused", "needs_sign_in"),
        ("refresh-invalidated", "needs_sign_in"),
        ("refresh-500", "healthy"),
        ("refresh-html", "healthy"),
        ("refresh-not-json", "healthy"),
        ("refresh-without-token", "healthy"),
        ("refresh-cut", "healthy"),
    ] {
        let id = troubled(&world, &node, fault).await;
        let refused = node.pool.renew_now(id).await.unwrap_err().to_string();
        assert!(
            refused.len() > 20 && !refused.contains("rt_"),
            "{fault}: {refused}"
        );
        assert_eq!(node.health(id), health, "{fault}");
        let lease = node.pool.lease(&any(&caller)).await.unwrap();
        assert_eq!(
            lease.account_id(),
            Some(id),
            "{fault}: its token still serves"
        );
        drop(lease);
        // One that may be good yet is not tried again at once, whoever asks.
        if health == "healthy" {
            let begun = world.exchanges();
            node.pool.renew_now(id).await.unwrap_err();
            assert_eq!(world.exchanges(), begun, "{fault}");
        }
        node.pool.remove(id).await.unwrap();
    }
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_passes_when_the_service_works_again() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let id = troubled(&world, &node, "refresh-500-once").await;
    node.pool.renew_now(id).await.unwrap_err();
    // At most an hour: by then the token would be dead, and is bought at the next lease.
    world.clock.advance(70 * MINUTE);
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_eq!(lease.account_id(), Some(id));
    drop(lease);
    let outcomes: Vec<_> = outcomes(&world);
    assert_eq!(
        outcomes,
        [ExchangeOutcome::Failed, ExchangeOutcome::Refreshed]
    );
    node.end().await;
}

fn outcomes(world: &World) -> Vec<ExchangeOutcome> {
    let log = world.simulator.sign_in_log();
    log.exchanges.iter().filter_map(|it| it.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_renewed_now_is_passed_over() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.import(&[world.codex(&faulty("dead", "refresh-500"))])
        .await;
    let caller = key_holder(&node);
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    let good = node.add(&world, &["good"]).await;
    for _ in 0..10 {
        let lease = node.pool.lease(&any(&caller)).await.unwrap();
        assert_eq!(lease.account_id(), Some(good[0]));
    }
    assert_eq!(world.exchanges(), 1, "it is not asked again and again");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_the_service_holds_all_renewals_of_the_egress_back() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let limited = troubled(&world, &node, "refresh-429-once").await;
    let other = node.import(&[world.codex(&TokenSpec::new("other"))]).await[0];
    node.pool.renew_now(limited).await.unwrap_err();
    assert!(node.pool.renew_now(other).await.is_err());
    assert_eq!(world.exchanges(), 1);
    // As long as the service says, and no longer.
    world.clock.advance(31);
    node.pool.renew_now(other).await.unwrap();
    node.pool.renew_now(limited).await.unwrap();
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_answer_was_lost_is_left_alone_as_long_as_the_account_serves() {
    let world = World::with(Backend::sqlite(), |options| {
        options.sign_in.overlap = Duration::from_hours(24);
    })
    .await;
    let node = world.node("a").await;
    let id = troubled(&world, &node, "refresh-cut-once").await;
    node.pool.renew_due(None).await;
    assert_eq!(world.exchanges(), 1);
    // The wait after a failure is over, and the quarantine is not.
    world.clock.advance(5 * MINUTE);
    node.pool.renew_due(None).await;
    assert_eq!(world.exchanges(), 1);
    assert_eq!(node.health(id), "healthy");
    // Now it has nothing else, so it is tried once more: the service honours it.
    world.clock.advance(60 * MINUTE);
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_eq!(lease.account_id(), Some(id));
    drop(lease);
    let expected = [ExchangeOutcome::Refreshed, ExchangeOutcome::RefreshedAgain];
    assert_eq!(outcomes(&world), expected);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_a_lost_one() {
    let mut world = World::sqlite().await;
    world.exchange_timeout = Duration::from_millis(200);
    let node = world.node("a").await;
    let id = troubled(&world, &node, "refresh-hang").await;
    let refused = node.pool.renew_now(id).await.unwrap_err().to_string();
    assert!(refused.contains("may be spent"), "{refused}");
    assert_eq!(node.health(id), "healthy");
    node.end().await;
}

async fn a_token_that_fails_is_sent_once_however_many_wait_for_it(backend: Backend) {
    let world = World::on(backend).await;
    let (one, other) = (world.node("one").await, world.node("other").await);
    for fault in ["refresh-500", "refresh-cut"] {
        one.import(&[world.codex(&faulty(fault, fault))]).await;
        other.pool.sync().await.unwrap();
        let before = world.exchanges();
        let mut leases = tokio::task::JoinSet::new();
        for node in [&one, &other] {
            for _ in 0..30 {
                let (pool, caller) = (node.pool.clone(), key_holder(node));
                leases.spawn(async move { pool.lease(&any(&caller)).await.map(drop) });
            }
        }
        let leases = leases.join_all().await;
        assert!(
            leases.iter().all(|it| *it == Err(NoAccount::NoneUsable)),
            "{leases:?}"
        );
        // One of the two may have come when the other had failed already.
        let sent = world.exchanges() - before;
        assert!((1..=2).contains(&sent), "{fault}: {sent} times");
    }
    assert_eq!(world.simulator.sign_in_log().overlapping, 0);
    one.end().await;
    other.end().await;
}

async fn claimed(node: &Node, id: AccountId) -> Claimed {
    let claim = node
        .database
        .claim_refresh(id, "a", 60_000, 0)
        .await
        .unwrap();
    match claim {
        Claim::Won(claimed) => claimed,
        other => panic!("{other:?}"),
    }
}

async fn tokens_that_the_database_never_got_are_stored_at_the_next_start(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let id = node.import(&[world.codex(&TokenSpec::new("a"))]).await[0];
    let claimed = claimed(&node, id).await;
    let next = "rt_the-next-one-that-nobody-else-has";
    let rotation = SpooledRotation {
        account: id,
        replaced: claimed.fingerprint,
        fresh: FreshCredential {
            access: world.access("a").into(),
            access_expires_at: Some(i64::try_from(NOW + 3600 * 48).unwrap()),
            refresh: Some(next.into()),
            client: None,
        },
        at: i64::try_from(NOW).unwrap(),
    };
    node.spool.write(&node.database, rotation).await.unwrap();
    node.end().await;

    let node = world.node("a").await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_eq!(lease.account_id(), Some(id));
    drop(lease);
    assert_eq!(world.exchanges(), 0, "nothing had to be bought");
    let known = node
        .database
        .account_of_refresh(&next.into())
        .await
        .unwrap();
    assert_eq!(known, Some(id));
    node.end().await;
}

async fn what_an_ended_process_had_claimed_can_be_claimed_again(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let id = node.import(&[world.codex(&TokenSpec::new("a"))]).await[0];
    let _claimed = claimed(&node, id).await;
    node.end().await;
    let node = world.node("a").await;
    let caller = key_holder(&node);
    assert!(node.pool.lease(&any(&caller)).await.is_ok());
    node.end().await;
}

async fn the_work_of_a_process_that_crashed_is_recovered(backend: Backend) {
    let world = World::with(backend, |options| {
        options.sign_in.overlap = Duration::from_hours(1);
    })
    .await;
    // A runtime of its own: it is gone in the middle of the exchange, with all its tasks.
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
    let crashed = tokio::task::block_in_place(|| {
        runtime.block_on(async {
            let node = world.node("a").await;
            let id = node
                .import(&[world.codex(&faulty("a", "refresh-slow-once"))])
                .await[0];
            let caller = key_holder(&node);
            let wanted = any(&caller);
            let mut lease = Box::pin(node.pool.lease(&wanted));
            // Until the token is spent, and the answer still on its way.
            while outcomes(&world).is_empty() {
                assert!(futures_util::poll!(&mut lease).is_pending());
                tokio::task::yield_now().await;
            }
            id
        })
    });
    runtime.shutdown_background();
    let node = world.node("a").await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_eq!(lease.account_id(), Some(crashed));
    drop(lease);
    let expected = [ExchangeOutcome::Refreshed, ExchangeOutcome::RefreshedAgain];
    assert_eq!(outcomes(&world), expected);
    assert_eq!(world.simulator.sign_in_log().revoked_families.len(), 0);
    node.end().await;
}

/// A sign-in service that gives a RefreshToken and nothing else, the first time.
async fn forgetful(world: &mut World) -> tokio::task::JoinSet<()> {
    let access = world.access("a");
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let answer = move |Json(body): Json<serde_json::Value>| {
        let (access, seen) = (access.clone(), seen.clone());
        async move {
            let token = body["refresh_token"].as_str().unwrap().to_owned();
            let mut seen = seen.lock().unwrap();
            seen.push(token.clone());
            if seen.len() == 1 {
                return Json(json!({"refresh_token": "rt_second-of-the-forgetful"}));
            }
            assert_eq!(token, "rt_second-of-the-forgetful");
            Json(json!({"access_token": access, "refresh_token": "rt_third"}))
        }
    };
    let router = axum::Router::new().route("/oauth/token", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    world.base = base.parse().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    tasks
}

async fn a_refresh_token_that_comes_alone_takes_the_place_of_the_old_one(backend: Backend) {
    let mut world = World::on(backend).await;
    let _service = forgetful(&mut world).await;
    let node = world.node("a").await;
    let id = node.import(&["rt_first-of-the-forgetful".to_owned()]).await[0];
    let caller = key_holder(&node);
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    assert_eq!(node.health(id), "healthy");
    world.clock.advance(2 * MINUTE);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_eq!(lease.account_id(), Some(id));
    drop(lease);
    node.end().await;
}
