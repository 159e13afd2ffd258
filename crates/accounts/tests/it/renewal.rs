//! Renewing tokens: once, whoever asks and in however many processes.

use std::collections::BTreeMap;
use std::time::Duration;

use accounts::{Caller, Source};
use simulator::{RefreshFamily, TokenSpec};
use store::records::AccountId;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::support::{Backend, NOW, Node, World, any, faulty, key_holder, names, on_both};

on_both!(
    fifty_leases_at_once_exchange_a_token_once,
    two_processes_exchange_each_token_once,
    who_waited_for_another_process_sends_the_token_only_if_that_did_not,
    what_is_due_is_renewed_once_by_two_processes,
    an_account_is_known_by_its_first_access_token,
    an_account_that_was_here_already_gets_the_newcomers_tokens,
    an_account_that_a_crash_left_without_a_name_gets_it_at_the_next_start,
);

const DAY: u64 = 24 * 3600;

/// Leases all accounts at once, from all of these processes; fails if one does not come.
async fn lease_all_at_once(nodes: &[&Node], ids: &[AccountId], each: usize) {
    let mut leases = JoinSet::new();
    for node in nodes {
        for id in ids {
            for _ in 0..each {
                let (pool, id) = (node.pool.clone(), *id);
                let caller = key_holder(node);
                leases.spawn(async move {
                    let mut tried = Vec::new();
                    // This very account, among all that there are.
                    loop {
                        let wanted = accounts::Wanted {
                            tried: &tried,
                            ..any(&caller)
                        };
                        let lease = pool.lease(&wanted).await.unwrap();
                        if lease.account_id() == Some(id) {
                            break;
                        }
                        tried.push(lease.credential().key());
                    }
                });
            }
        }
    }
    leases.join_all().await;
}

/// How often each account's token was exchanged.
fn refreshes(world: &World) -> BTreeMap<String, u64> {
    let log = world.simulator.sign_in_log();
    let accounts = log.accounts.into_iter();
    accounts.map(|(name, it)| (name, it.refreshes)).collect()
}

async fn import_expiring(world: &World, node: &Node, names: &[String]) -> Vec<AccountId> {
    let soon = |name: &String| {
        let spec = TokenSpec::new(name);
        let access = world.simulator.mint_access_token(&TokenSpec {
            lifetime: std::time::Duration::from_mins(10),
            ..spec.clone()
        });
        world.signed_in(&spec, &access)
    };
    let lines: Vec<String> = names.iter().map(soon).collect();
    node.import(&lines).await
}

async fn fifty_leases_at_once_exchange_a_token_once(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    lease_all_at_once(&[&node], &ids, 50).await;
    assert_eq!(world.exchanges(), 1);
    world.assert_each_token_was_sent_once();
    node.end().await;
}

async fn two_processes_exchange_each_token_once(backend: Backend) {
    let world = World::on(backend).await;
    let one = world.node("one").await;
    let names = names(20);
    let ids = import_expiring(&world, &one, &names).await;
    let other = world.node("other").await;
    world.clock.advance(3600);
    lease_all_at_once(&[&one, &other], &ids, 1).await;
    let expected: BTreeMap<String, u64> = names.into_iter().map(|it| (it, 1)).collect();
    assert_eq!(refreshes(&world), expected);
    world.assert_each_token_was_sent_once();
    one.end().await;
    other.end().await;
}

async fn who_waited_for_another_process_sends_the_token_only_if_that_did_not(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let tokens = ["unsent", "sent"].map(|name| world.codex(&TokenSpec::new(name)));
    let ids = node.import(&tokens).await;
    let database = &node.database;
    for id in &ids {
        let claim = database.claim_refresh(*id, "other", 60_000, 0).await;
        assert!(matches!(claim, Ok(store::records::Claim::Won(_))));
    }
    let given_back = async {
        // By then both are waited for.
        sleep(Duration::from_secs(5)).await;
        for (id, was_sent) in ids.iter().zip([false, true]) {
            let released = database.release_refresh(*id, "other", was_sent).await;
            released.unwrap();
        }
    };
    let renew = |index: usize| node.pool.renew_now(ids[index]);
    let (unsent, sent, ()) = tokio::join!(renew(0), renew(1), given_back);
    assert_eq!(unsent, Ok(()));
    assert!(sent.is_err());
    let expected = BTreeMap::from([("unsent".to_owned(), 1)]);
    let renewed = refreshes(&world)
        .into_iter()
        .filter(|(_, count)| *count > 0);
    assert_eq!(renewed.collect::<BTreeMap<_, _>>(), expected);
    node.end().await;
}

async fn what_is_due_is_renewed_once_by_two_processes(backend: Backend) {
    let world = World::on(backend).await;
    let one = world.node("one").await;
    let expiring = import_expiring(&world, &one, &["x".to_owned(), "y".to_owned()]).await;
    let new = one.import(&[world.codex(&TokenSpec::new("z"))]).await;
    let good = world.signed_in(&TokenSpec::new("good"), &world.access("good"));
    one.import(&[good]).await;
    one.add(&world, &["cannot"]).await;
    one.import_from(Source::Caller, &[world.codex(&TokenSpec::new("callers"))])
        .await;
    let other = world.node("other").await;
    tokio::join!(one.pool.renew_due(None), other.pool.renew_due(None));
    let renewed = ["x", "y", "z"].map(|it| (it.to_owned(), 1));
    assert_eq!(refreshes(&world), BTreeMap::from(renewed));
    // And not again.
    tokio::join!(one.pool.renew_due(None), other.pool.renew_due(None));
    assert_eq!(world.exchanges(), 3);
    for node in [&one, &other] {
        node.pool.sync().await.unwrap();
        for id in expiring.iter().chain(&new) {
            let ends_at = node.account(*id).access_expires_at;
            assert!(ends_at > Some(NOW + 9 * DAY), "{ends_at:?}");
        }
    }
    world.assert_each_token_was_sent_once();
    one.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_some_time_before_they_end_each_at_a_moment_of_its_own() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let names = names(12);
    let lines: Vec<String> = names
        .iter()
        .map(|name| world.signed_in(&TokenSpec::new(name), &world.access(name)))
        .collect();
    node.import(&lines).await;
    // Their tokens are good for ten days: due between the eighth and the ninth.
    world.clock.advance(8 * DAY - 60);
    node.pool.renew_due(None).await;
    assert_eq!(world.exchanges(), 0);
    world.clock.advance(DAY / 2);
    node.pool.renew_due(None).await;
    let half = world.exchanges();
    assert!((1..12).contains(&half), "{half} at once");
    world.clock.advance(DAY / 2 + 60);
    node.pool.renew_due(None).await;
    assert_eq!(world.exchanges(), 12);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_renewed_that_were_not_since_then_within_an_hour() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let lines: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|name| world.signed_in(&TokenSpec::new(*name), &world.access(name)))
        .collect();
    node.import(&lines).await;
    world.clock.advance(60);
    let since = world.clock.signed();
    world.clock.advance(3600);
    node.pool.renew_due(Some(since)).await;
    assert_eq!(world.exchanges(), 3);
    node.pool.renew_due(Some(since)).await;
    assert_eq!(world.exchanges(), 3, "once");
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_soon_serves_while_it_is_renewed() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let spec = faulty("a", "refresh-slow");
    let access = world.simulator.mint_access_token(&TokenSpec {
        lifetime: std::time::Duration::from_mins(10),
        ..TokenSpec::new("a")
    });
    let ids = node.import(&[world.signed_in(&spec, &access)]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    let before = lease.credential().token_key();
    node.settled().await;
    assert_eq!(world.exchanges(), 1);
    let next = node.pool.lease(&any(&caller)).await.unwrap();
    assert_ne!(next.credential().token_key(), before);
    assert!(node.account(ids[0]).access_expires_at > Some(NOW + DAY));
    drop((lease, next));
    node.end().await;
}

async fn an_account_is_known_by_its_first_access_token(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    let access = secrecy::SecretString::from(world.access("a"));
    assert_eq!(
        lease.credential().key(),
        upstream::identity_of(&access, None)
    );
    assert_eq!(lease.account_id(), Some(ids[0]));
    drop(lease);
    // Its AccessToken is nobody new.
    assert_eq!(node.add(&world, &["a"]).await, ids);
    node.end().await;
}

async fn an_account_that_was_here_already_gets_the_newcomers_tokens(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let newcomer = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    assert_ne!(newcomer, ids);
    let caller = key_holder(&node);
    // Both in turn; the newcomer turns out to be the first.
    for _ in 0..4 {
        let lease = node.pool.lease(&any(&caller)).await.unwrap();
        assert_eq!(lease.account_id(), Some(ids[0]));
    }
    assert_eq!(node.pool.accounts().len(), 1);
    assert!(node.account(ids[0]).can_refresh);
    node.pool.renew_now(ids[0]).await.unwrap();
    world.assert_each_token_was_sent_once();
    node.end().await;
}

async fn an_account_that_a_crash_left_without_a_name_gets_it_at_the_next_start(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let known = node.add(&world, &["a"]).await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    let claim = node
        .database
        .claim_refresh(ids[0], "a", 60_000, 0)
        .await
        .unwrap();
    let store::records::Claim::Won(claimed) = claim else {
        panic!("{claim:?}");
    };
    // The tokens are stored, and then the power fails.
    let fresh = store::records::FreshCredential {
        access: world.access("a").into(),
        access_expires_at: Some(i64::try_from(NOW + DAY).unwrap()),
        refresh: None,
        client: None,
    };
    let database = &node.database;
    let landed = database
        .commit_refresh(ids[0], &claimed.fingerprint, fresh, 0)
        .await;
    assert!(landed.unwrap());
    node.end().await;
    let node = world.node("a").await;
    let listed: Vec<AccountId> = node.pool.accounts().iter().map(|it| it.id).collect();
    assert_eq!(listed, known);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_token_is_renewed_as_its_client_does() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let mint = |name, family| {
        world
            .simulator
            .mint_refresh_token(&TokenSpec::new(name), family)
    };
    let session = world
        .simulator
        .mint_session_token(&TokenSpec::new("session"));
    let ids = node
        .import(&[
            mint("lasting", RefreshFamily::MobileLasting),
            mint("codex", RefreshFamily::Codex),
            session,
        ])
        .await;
    for id in &ids {
        for _ in 0..3 {
            node.pool.renew_now(*id).await.unwrap();
            assert_eq!(node.health(*id), "healthy");
        }
    }
    world.assert_each_token_was_sent_once();
    let caller = key_holder(&node);
    assert_eq!(node.pool.lease_all(&caller).unwrap().len(), 3);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_is_done_to_its_end_though_nobody_waits_for_it() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node
        .import(&[world.codex(&faulty("a", "refresh-slow"))])
        .await;
    let caller = key_holder(&node);
    let wanted = any(&caller);
    let mut lease = Box::pin(node.pool.lease(&wanted));
    while world.exchanges() == 0 {
        assert!(futures_util::poll!(&mut lease).is_pending());
        tokio::task::yield_now().await;
    }
    drop(lease);
    node.settled().await;
    assert!(node.account(ids[0]).access_expires_at.is_some());
    node.pool.renew_now(ids[0]).await.unwrap();
    world.assert_each_token_was_sent_once();
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_not_kept_waiting_by_renewals_of_others() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.import(&[world.codex(&faulty("a", "refresh-slow"))])
        .await;
    node.add(&world, &["b"]).await;
    let caller: Caller = key_holder(&node);
    let wanted = any(&caller);
    let mut first = Box::pin(node.pool.lease(&wanted));
    assert!(
        futures_util::poll!(&mut first).is_pending(),
        "its token is bought first"
    );
    let second = node.pool.lease(&wanted).await.unwrap();
    assert!(first.await.unwrap().account_id() != second.account_id());
    drop(second);
    node.end().await;
}
