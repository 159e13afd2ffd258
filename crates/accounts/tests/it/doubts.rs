//! Tokens that upstream rejects: doubted, looked into, replaced or given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accounts::{Caller, NoAccount, Outcome};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use futures_util::poll;
use simulator::TokenSpec;
use store::records::AccountId;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::{Node, World, any, key_holder};

const WHO: &str = "/backend-api/me";

async fn rejected(node: &Node, caller: &Caller) -> AccountId {
    let lease = node.pool.lease(&any(caller)).await.unwrap();
    lease.ended(Outcome::TokenRejected);
    lease.account_id().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_token_is_given_to_nobody_while_it_is_found_out() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    rejected(&node, &caller).await;
    let wanted = any(&caller);
    let mut waits = Box::pin(node.pool.lease(&wanted));
    assert!(
        poll!(&mut waits).is_pending(),
        "it is waited for, not refused"
    );
    // It was a mistake: upstream knows the account.
    let lease = waits.await.unwrap();
    assert_eq!(lease.account_id(), Some(ids[0]));
    assert_eq!(node.health(ids[0]), "healthy");
    assert_eq!(world.asked(WHO), 1);
    drop(lease);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_upstream_rejects_needs_a_new_one() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let token = world.faulty_access("a", "access-invalidated");
    let ids = node.import(&[token]).await;
    let caller = key_holder(&node);
    rejected(&node, &caller).await;
    // Who waited meanwhile is told.
    let failure = node.pool.lease(&any(&caller)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    node.settled().await;
    assert_eq!(node.health(ids[0]), "needs_sign_in");
    let reason = node.account(ids[0]).health.reason().unwrap().to_owned();
    assert!(reason.contains("add a new one"), "{reason}");
    node.end().await;

    // Also after a restart, until there is one.
    let node = world.node("a").await;
    assert_eq!(node.health(ids[0]), "needs_sign_in");
    assert_eq!(node.add(&world, &["a"]).await, ids);
    assert_eq!(node.health(ids[0]), "healthy");
    assert!(node.pool.lease(&any(&caller)).await.is_ok());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_token_is_replaced_when_there_is_a_refresh_token() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    // The first token is revoked upstream, what is bought is not.
    let first = world.faulty_access("a", "access-expired");
    let ids = node
        .import(&[world.signed_in(&TokenSpec::new("a"), &first)])
        .await;
    let caller = key_holder(&node);
    rejected(&node, &caller).await;
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    assert_eq!(lease.account_id(), Some(ids[0]));
    assert_eq!(world.exchanges(), 1);
    assert_eq!(node.health(ids[0]), "healthy");
    drop(lease);
    world.assert_each_token_was_sent_once();
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_looked_into_once_and_a_newer_one_not_at_all() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    let caller = key_holder(&node);
    let mut leases = Vec::new();
    for _ in 0..10 {
        leases.push(node.pool.lease(&any(&caller)).await.unwrap());
    }
    let late = leases.pop().unwrap();
    for lease in leases {
        lease.ended(Outcome::TokenRejected);
    }
    node.settled().await;
    assert_eq!(world.asked(WHO), 1, "ten were rejected, one is looked into");
    node.pool.renew_now(ids[0]).await.unwrap();
    late.ended(Outcome::TokenRejected);
    drop(late);
    node.settled().await;
    assert_eq!(world.asked(WHO), 1, "what it was about is gone");
    assert!(node.account(ids[0]).is_usable);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_gets_a_new_token_in_place_of_a_rejected_one() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.import(&[world.codex(&TokenSpec::new("a"))]).await;
    let caller = key_holder(&node);
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    let before = lease.credential().token_key();
    let lease = node.pool.renewed(lease).await.unwrap();
    assert_ne!(lease.credential().token_key(), before);
    assert_eq!((node.pool.leased(), world.exchanges()), (1, 2));
    drop(lease);
    assert_eq!(node.health(ids[0]), "healthy");
    // One without a RefreshToken cannot be helped, and is looked into.
    let other = world.faulty_access("b", "access-expired");
    let ids = node.import(&[other]).await;
    let key = node
        .pool
        .lease_pooled(upstream_key(&node, ids[0]))
        .await
        .unwrap();
    assert!(node.pool.renewed(key).await.is_none());
    node.settled().await;
    assert_eq!(node.health(ids[0]), "needs_sign_in");
    node.end().await;
}

/// What tells a stored account from others.
fn upstream_key(node: &Node, id: AccountId) -> [u8; 16] {
    let caller = key_holder(node);
    let leases = node.pool.lease_all(&caller).unwrap();
    let lease = leases.iter().find(|it| it.account_id() == Some(id));
    lease.unwrap().credential().key()
}

/// A server with API keys that accepts all of them, until it accepts none.
async fn key_server(is_good: &Arc<AtomicBool>) -> (String, JoinSet<()>) {
    let is_good = Arc::clone(is_good);
    let models = move || async move {
        if is_good.load(Ordering::SeqCst) {
            (StatusCode::OK, r#"{"data":[]}"#)
        } else {
            (StatusCode::UNAUTHORIZED, "{}")
        }
    };
    let router = Router::new().route("/v1/models", get(models));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (base, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_api_key_is_taken_out_and_the_account_says_what_to_do() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let is_good = Arc::new(AtomicBool::new(true));
    let (base, _server) = key_server(&is_good).await;
    let id = node.import(&[format!("any-key,{base}")]).await[0];
    assert_eq!(node.account(id).base_url, Some(base));
    node.pool.check(id).await.unwrap();
    let refused = node.pool.renew_now(id).await.unwrap_err().to_string();
    assert_eq!(refused, "an API key needs no renewal");

    is_good.store(false, Ordering::SeqCst);
    node.pool.check(id).await.unwrap_err();
    node.settled().await;
    assert_eq!(node.health(id), "needs_sign_in");
    let reason = node.account(id).health.reason().unwrap().to_owned();
    assert!(
        reason.contains("the server does not accept the API key"),
        "{reason}"
    );
    assert_eq!(world.asked("/"), 0, "it is none of ChatGPT's");
    node.end().await;
}
