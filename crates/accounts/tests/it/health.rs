//! How accounts are, what they are good for meanwhile, and how they get well again.

use accounts::{Caller, NoAccount, Outcome, RenewRefused, Wanted};
use futures_util::poll;
use simulator::TokenSpec;
use store::records::{AccountId, AccountPatch};
use upstream::ChallengeKind;

use crate::support::{Backend, NOW, Node, World, any, faulty, key_holder, on_both};

on_both!(
    health_outlives_a_restart_and_is_never_loaded_over,
    an_account_whose_seal_is_broken_is_locked_and_the_others_serve,
    a_refresh_token_whose_seal_is_broken_needs_a_sign_in_and_the_access_token_serves,
);

async fn rejected(node: &Node, caller: &Caller) -> AccountId {
    let lease = node.pool.lease(&any(caller)).await.unwrap();
    lease.ended(Outcome::TokenRejected);
    lease.account_id().unwrap()
}

async fn challenged(node: &Node, caller: &Caller, kind: ChallengeKind) -> AccountId {
    let lease = node.pool.lease(&any(caller)).await.unwrap();
    lease.ended(Outcome::Challenged(kind));
    lease.account_id().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenged_account_is_the_last_resort_one_request_at_a_time() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a", "b"]).await;
    let caller = key_holder(&node);
    let first = challenged(&node, &caller, ChallengeKind::Turnstile).await;
    assert_eq!(node.health(first), "needs_attention");
    for _ in 0..100 {
        let lease = node.pool.lease(&any(&caller)).await.unwrap();
        assert_ne!(lease.account_id(), Some(first));
    }
    let second = challenged(&node, &caller, ChallengeKind::Turnstile).await;
    assert_ne!(first, second);
    // Now there is nobody else: each of them once at a time.
    let leases = [
        node.pool.lease(&any(&caller)).await.unwrap(),
        node.pool.lease(&any(&caller)).await.unwrap(),
    ];
    let wanted = any(&caller);
    let mut third = Box::pin(node.pool.lease(&wanted));
    assert!(poll!(&mut third).is_pending());
    leases[0].answered();
    let healed = leases[0].account_id();
    let lease = third.await.unwrap();
    assert_eq!(lease.account_id(), healed, "a success heals");
    assert_eq!(node.health(healed.unwrap()), "healthy");
    drop((lease, leases));
    node.pool.mark_healthy(first);
    node.pool.mark_healthy(second);
    let usable = node
        .pool
        .accounts()
        .iter()
        .filter(|it| it.is_usable)
        .count();
    assert_eq!(usable, 2);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_an_older_question_and_new_tokens_heal_no_challenge() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    let caller = key_holder(&node);
    let older = node.pool.lease(&any(&caller)).await.unwrap();
    world.clock.advance(1);
    challenged(&node, &caller, ChallengeKind::Turnstile).await;
    older.answered();
    drop(older);
    assert_eq!(node.health(ids[0]), "needs_attention");
    node.pool.renew_now(ids[0]).await.unwrap();
    assert_eq!(node.health(ids[0]), "needs_attention");
    node.pool.check(ids[0]).await.unwrap();
    assert_eq!(node.health(ids[0]), "needs_attention");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_on_a_challenged_egress_rest_unless_there_is_nobody_else() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a", "b"]).await;
    let caller = key_holder(&node);
    let first = challenged(&node, &caller, ChallengeKind::Cloudflare).await;
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_ne!(lease.account_id(), Some(first));
    drop(lease);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_account_serves_nobody() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let described = world.faulty_access("described", "deactivated");
    let refused = world.faulty_access("refused", "access-deactivated");
    let ids = node.import(&[described, refused]).await;
    let caller = key_holder(&node);
    let checked = node.pool.check(ids[0]).await.unwrap();
    assert!(checked.is_deactivated);
    assert_eq!(node.health(ids[0]), "deactivated");
    rejected(&node, &caller).await;
    node.settled().await;
    assert_eq!(node.health(ids[1]), "deactivated");
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    assert!(matches!(
        node.pool.check(ids[0]).await,
        Err(RenewRefused::Failed(_))
    ));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_an_access_token_serves_though_it_cannot_be_renewed() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let spec = faulty("a", "invalid-grant");
    let ids = node
        .import(&[world.signed_in(&spec, &world.access("a"))])
        .await;
    let caller = key_holder(&node);
    let refused = node.pool.renew_now(ids[0]).await.unwrap_err();
    assert!(refused.to_string().contains("sign in again"), "{refused}");
    assert_eq!(node.health(ids[0]), "needs_sign_in");
    assert!(node.pool.lease(&any(&caller)).await.is_ok());
    assert_eq!(world.exchanges(), 1, "it is not sent again");
    let ends_at = node.account(ids[0]).access_expires_at.unwrap();
    world.clock.advance(ends_at - NOW);
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    assert_eq!(world.exchanges(), 1);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_refresh_token_stays_healthy_when_it_is_to_be_renewed() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    assert!(matches!(
        node.pool.renew_now(ids[0]).await,
        Err(RenewRefused::Failed(_))
    ));
    assert_eq!(node.health(ids[0]), "healthy");
    let nobody = AccountId(uuid::Uuid::nil());
    assert_eq!(
        node.pool.renew_now(nobody).await,
        Err(RenewRefused::UnknownAccount)
    );
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_are_asked_for_in_turn_though_one_account_always_fails() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    // Upstream does not know its workspace, so asking about it fails.
    let failing = world.faulty_access("a", "access-workspace-gone");
    let mut ids = node.import(&[failing]).await;
    ids.extend(node.add(&world, &["b", "c"]).await);
    let mut asked = Vec::new();
    for _ in 0..3 {
        let due = node.pool.unchecked_since(i64::try_from(NOW).unwrap());
        let Some(id) = due.first() else { break };
        asked.push(*id);
        let _told = node.pool.check(*id).await;
        world.clock.advance(1);
    }
    asked.sort();
    ids.sort();
    assert_eq!(asked, ids);
    let plan = node.account(ids[1]).plan;
    assert_eq!(plan.as_deref(), Some("plus"));
    node.settled().await;
    node.end().await;
}

async fn health_outlives_a_restart_and_is_never_loaded_over(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a", "b", "c"]).await;
    let caller = key_holder(&node);
    for _ in 0..ids.len() {
        let id = challenged(&node, &caller, ChallengeKind::Turnstile).await;
        // Loads at once, in the same second, perhaps before it is written down.
        let patch = AccountPatch::default();
        node.pool.change(id, patch).await.unwrap();
        assert_eq!(node.health(id), "needs_attention");
    }
    node.end().await;
    let node = world.node("a").await;
    for id in ids {
        assert_eq!(node.health(id), "needs_attention");
        let reason = node.account(id).health.reason().unwrap().to_owned();
        assert!(reason.contains("turnstile"), "{reason}");
    }
    let wanted = Wanted { ..any(&caller) };
    assert!(node.pool.lease(&wanted).await.is_ok(), "the last resort");
    node.end().await;
}

/// Flips the last byte of a sealed value.
async fn spoil(world: &World, column: &str) {
    let spoilt = match world.backend.name() {
        "sqlite" => format!("UPDATE credential SET {column} = {column} || x'00'"),
        _ => format!("UPDATE credential SET {column} = {column} || decode('00', 'hex')"),
    };
    world.backend.sql(&spoilt).await;
}

async fn an_account_whose_seal_is_broken_is_locked_and_the_others_serve(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    node.end().await;
    spoil(&world, "access_sealed").await;
    let node = world.node("a").await;
    let others = node.add(&world, &["b"]).await;
    assert_eq!(node.health(ids[0]), "locked");
    let caller = key_holder(&node);
    for _ in 0..10 {
        let lease = node.pool.lease(&any(&caller)).await.unwrap();
        assert_eq!(lease.account_id(), Some(others[0]));
    }
    node.end().await;
}

async fn a_refresh_token_whose_seal_is_broken_needs_a_sign_in_and_the_access_token_serves(
    backend: Backend,
) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    node.pool.renew_now(ids[0]).await.unwrap();
    spoil(&world, "refresh_sealed").await;
    let refused = node.pool.renew_now(ids[0]).await.unwrap_err();
    assert!(refused.to_string().contains("cannot be read"), "{refused}");
    assert_eq!(node.health(ids[0]), "needs_sign_in");
    let caller = key_holder(&node);
    assert!(node.pool.lease(&any(&caller)).await.is_ok());
    assert_eq!(world.exchanges(), 1);
    node.end().await;
}
