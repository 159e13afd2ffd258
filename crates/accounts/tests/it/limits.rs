//! What is used up: not asked for until then, found out carefully, known to all processes.

use std::collections::HashSet;

use accounts::{Caller, Lease, NoAccount, Outcome, Rotation, Scope, Wanted};
use futures_util::poll;
use store::records::{AccountId, AccountPatch};
use upstream::Credential;

use crate::support::{Backend, MODEL, Node, World, any, key_holder, on_both, scopes};

on_both!(
    a_cool_down_and_its_probe_outlive_a_restart,
    another_process_sees_cool_downs_and_their_end,
    another_process_sees_health_and_new_and_removed_accounts,
    a_cool_down_is_over_when_an_operator_says_so,
);

const HOUR: u64 = 3600;

async fn lease(node: &Node, caller: &Caller) -> Result<Lease, NoAccount> {
    let scopes = scopes();
    let wanted = Wanted {
        scopes: &scopes,
        ..any(caller)
    };
    node.pool.lease(&wanted).await
}

/// Leases an account and reports that it has used up the model; whom.
async fn use_up(node: &Node, caller: &Caller, until: u64) -> AccountId {
    let lease = lease(node, caller).await.unwrap();
    lease.ended(Outcome::Limited(Scope::Model(MODEL.into()), Some(until)));
    lease.account_id().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_used_something_up_is_never_asked_for_it() {
    let world = World::sqlite().await;
    let node = world
        .node_with("a", |it| it.rotation = Rotation::Random)
        .await;
    node.add(&world, &["a", "b", "c"]).await;
    let caller = key_holder(&node);
    let limited = use_up(&node, &caller, world.clock.seconds() + HOUR).await;
    let other = [Scope::Model("gpt-5-mini".into())];
    let mut for_other = HashSet::new();
    for _ in 0..10_000 {
        let id = lease(&node, &caller).await.unwrap().account_id().unwrap();
        assert_ne!(id, limited);
        let wanted = Wanted {
            scopes: &other,
            ..any(&caller)
        };
        let lease = node.pool.lease(&wanted).await.unwrap();
        for_other.insert(lease.account_id().unwrap());
    }
    assert!(for_other.contains(&limited), "it can still do other things");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_soonest_reset_is_told_when_all_are_used_up() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a", "b", "c"]).await;
    let caller = key_holder(&node);
    let now = world.clock.seconds();
    for until in [now + 3 * HOUR, now + HOUR, now + 2 * HOUR] {
        use_up(&node, &caller, until).await;
    }
    let failure = lease(&node, &caller).await.unwrap_err();
    let until = now + HOUR;
    assert_eq!(failure, NoAccount::Limited { until });
    let scopes = scopes();
    let wanted = Wanted {
        scopes: &scopes,
        ..any(&caller)
    };
    assert_eq!(node.pool.soonest_reset(&wanted), Some(until));
    assert!(
        node.pool.lease(&any(&caller)).await.is_ok(),
        "nothing is held back unasked"
    );
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_cool_down_one_request_goes_first_until_one_succeeds() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let soon = world.clock.seconds() + 60;
    use_up(&node, &caller, soon).await;
    world.clock.advance(61);

    let probe = lease(&node, &caller).await.unwrap();
    let mut second = Box::pin(lease(&node, &caller));
    assert!(poll!(&mut second).is_pending(), "it waits for the probe");
    // The probe says nothing: the next one finds out.
    drop(probe);
    let probe = second.await.unwrap();
    let mut third = Box::pin(lease(&node, &caller));
    assert!(poll!(&mut third).is_pending());
    probe.answered();
    let third = third.await.unwrap();
    assert!(lease(&node, &caller).await.is_ok(), "all may ask again");
    drop((probe, third));
    node.written().await;
    assert_eq!(world.backend.count("cool_down").await, 0);
    assert!(node.account(ids[0]).cool_downs.is_empty());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_is_refused_holds_the_account_back_again() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    use_up(&node, &caller, world.clock.seconds() + 60).await;
    world.clock.advance(61);
    let until = world.clock.seconds() + 60;
    use_up(&node, &caller, until).await;
    let failure = lease(&node, &caller).await.unwrap_err();
    assert_eq!(failure, NoAccount::Limited { until });
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_an_older_question_refutes_no_limit() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let older = lease(&node, &caller).await.unwrap();
    world.clock.advance(10);
    use_up(&node, &caller, world.clock.seconds() + 60).await;
    older.answered();
    let failure = lease(&node, &caller).await.unwrap_err();
    assert!(matches!(failure, NoAccount::Limited { .. }));
    world.clock.advance(61);
    let probe = lease(&node, &caller).await.unwrap();
    older.answered();
    let mut second = Box::pin(lease(&node, &caller));
    assert!(
        poll!(&mut second).is_pending(),
        "the probe still has to find out"
    );
    drop((second, older, probe));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_upstream_says_is_there_again_is_not_held_back_by_an_older_record() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    for _ in 0..50 {
        let other = node.pool.lease(&any(&caller)).await.unwrap();
        use_up(&node, &caller, world.clock.seconds() + HOUR).await;
        other.reported(&scopes()[0], 5, None);
        // Loads, perhaps before it is written down.
        let patch = AccountPatch::default();
        node.pool.change(ids[0], patch).await.unwrap();
        drop(lease(&node, &caller).await.unwrap());
    }
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_somebodys_own_token_is_that_tokens_only() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    let own = |name: &str| {
        Caller::OwnToken(Box::new(
            Credential::parse(&world.access(name), "own token").unwrap(),
        ))
    };
    let until = world.clock.seconds() + HOUR;
    let refused = lease(&node, &own("a")).await.unwrap();
    refused.ended(Outcome::Limited(scopes()[0].clone(), Some(until)));
    drop(refused);
    let failure = lease(&node, &own("a")).await.unwrap_err();
    assert_eq!(failure, NoAccount::Limited { until });
    assert!(lease(&node, &own("b")).await.is_ok());
    // A token only claims to be of an account: the pool's own is not touched.
    assert!(lease(&node, &key_holder(&node)).await.is_ok());
    node.end().await;
}

async fn a_cool_down_and_its_probe_outlive_a_restart(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let until = world.clock.seconds() + HOUR;
    use_up(&node, &caller, until).await;
    node.end().await;

    let node = world.node("a").await;
    let failure = lease(&node, &caller).await.unwrap_err();
    assert_eq!(failure, NoAccount::Limited { until });
    node.end().await;

    world.clock.advance(HOUR + 1);
    let node = world.node("a").await;
    let probe = lease(&node, &caller).await.unwrap();
    let mut second = Box::pin(lease(&node, &caller));
    assert!(poll!(&mut second).is_pending(), "it waits for the probe");
    probe.answered();
    drop((second.await.unwrap(), probe));
    node.end().await;
    assert_eq!(world.backend.count("cool_down").await, 0);
}

async fn a_cool_down_is_over_when_an_operator_says_so(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    use_up(&node, &caller, world.clock.seconds() + HOUR).await;
    assert_eq!(node.account(ids[0]).cool_downs.len(), 1);
    node.pool
        .clear_cool_downs(ids[0], Some(scopes()[0].clone()))
        .await
        .unwrap();
    assert_eq!(node.account(ids[0]).cool_downs, []);
    // All at once, with nobody to find out.
    let leases = [
        lease(&node, &caller).await.unwrap(),
        lease(&node, &caller).await.unwrap(),
    ];
    drop(leases);
    node.pool
        .change(ids[0], AccountPatch::default())
        .await
        .unwrap();
    assert_eq!(node.account(ids[0]).cool_downs, [], "it stays so");
    node.end().await;
    assert_eq!(world.backend.count("cool_down").await, 0);
}

async fn another_process_sees_cool_downs_and_their_end(backend: Backend) {
    let world = World::on(backend).await;
    let one = world.node("one").await;
    let ids = one.add(&world, &["a"]).await;
    let other = world.node("other").await;
    let caller = key_holder(&one);
    let until = world.clock.seconds() + HOUR;
    use_up(&one, &caller, until).await;
    one.written().await;
    other.pool.sync().await.unwrap();
    let failure = lease(&other, &caller).await.unwrap_err();
    assert_eq!(failure, NoAccount::Limited { until });
    one.pool.clear_cool_downs(ids[0], None).await.unwrap();
    other.pool.sync().await.unwrap();
    assert!(lease(&other, &caller).await.is_ok());
    one.end().await;
    other.end().await;
}

async fn another_process_sees_health_and_new_and_removed_accounts(backend: Backend) {
    let world = World::on(backend).await;
    let one = world.node("one").await;
    let other = world.node("other").await;
    let ids = one.add(&world, &["a", "b"]).await;
    assert!(other.pool.accounts().is_empty());
    other.pool.sync().await.unwrap();
    assert_eq!(other.pool.accounts().len(), 2);

    let caller = key_holder(&one);
    let lease = one.pool.lease(&any(&caller)).await.unwrap();
    lease.ended(Outcome::Deactivated);
    drop(lease);
    one.written().await;
    other.pool.sync().await.unwrap();
    assert_eq!(other.health(ids[0]), "deactivated");
    other.pool.mark_healthy(ids[0]);
    other.written().await;
    one.pool.sync().await.unwrap();
    assert_eq!(one.health(ids[0]), "healthy");

    one.pool.remove(ids[1]).await.unwrap();
    other.pool.sync().await.unwrap();
    assert_eq!(other.pool.accounts().len(), 1);
    let cleared = one.pool.clear().await.unwrap();
    other.pool.sync().await.unwrap();
    assert!(other.pool.accounts().is_empty());
    one.pool.undo_clearing(&cleared.id).await.unwrap();
    other.pool.sync().await.unwrap();
    assert_eq!(other.pool.accounts().len(), 1);
    let nothing = other.pool.sync().await.unwrap();
    assert_eq!(nothing, Vec::<String>::new(), "nothing has changed since");
    one.end().await;
    other.end().await;
}
