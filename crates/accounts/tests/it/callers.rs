//! Who shows what: keys, AccessTokens of one's own, and what opens nothing.

use accounts::{Caller, Door, KeyPolicy, KeyRefused, MadeKey, NewManagedKey, NotACaller};
use accounts::{SeedRefused, Source};
use secrecy::ExposeSecret;
use simulator::TokenSpec;

use crate::support::{Backend, KEY, Node, World, any, on_both};

on_both!(
    managed_keys_open_the_pool_until_they_end_are_disabled_or_removed,
    a_rotated_key_is_the_same_caller_by_both_values_until_the_first_one_ends,
);

fn chance() -> [u8; 64] {
    let chance = [uuid::Uuid::new_v4().into_bytes(); 4].concat();
    chance.try_into().unwrap()
}

async fn made(node: &Node, expires_at: Option<i64>) -> MadeKey {
    let new = NewManagedKey {
        name: "somebody".to_owned(),
        policy: KeyPolicy::default(),
        expires_at,
    };
    node.callers.keys.create(new, &chance(), 0).await.unwrap()
}

async fn shown(node: &Node, what: &str) -> Result<Caller, NotACaller> {
    node.callers.identify(what, Door::Closed).await
}

async fn managed_keys_open_the_pool_until_they_end_are_disabled_or_removed(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ends_at = world.clock.signed() + 60;
    let (ending, lasting) = (made(&node, Some(ends_at)).await, made(&node, None).await);
    let ending_secret = ending.secret.expose_secret();
    let secret = lasting.secret.expose_secret();
    let keys = &node.callers.keys;
    let first = shown(&node, ending_secret).await.unwrap();
    let second = shown(&node, secret).await.unwrap();
    assert_ne!(first.owner_id(), second.owner_id());
    assert_ne!(first.key_id(), second.key_id());
    world.clock.advance(60);
    let ended = shown(&node, ending_secret).await.unwrap_err();
    assert_eq!(ended, NotACaller::Key(KeyRefused::Expired));
    let owner = second.owner_id();
    assert!(keys.has_owner(&owner, world.clock.signed()));
    keys.change(lasting.view.id, None, None, Some(true), None)
        .await
        .unwrap();
    let disabled = shown(&node, secret).await.unwrap_err();
    assert_eq!(disabled, NotACaller::Key(KeyRefused::Disabled));
    assert!(!keys.has_owner(&owner, world.clock.signed()));
    keys.change(lasting.view.id, None, None, Some(false), None)
        .await
        .unwrap();
    assert_eq!(shown(&node, secret).await.unwrap().owner_id(), owner);
    // Another process, after a restart.
    let other = world.node("b").await;
    other.callers.keys.reload().await.unwrap();
    assert_eq!(shown(&other, secret).await.unwrap().owner_id(), owner);
    other.end().await;
    keys.remove(lasting.view.id, world.clock.signed())
        .await
        .unwrap();
    let removed = node.callers.identify(secret, Door::Open).await.unwrap_err();
    assert!(matches!(removed, NotACaller::Seed(_)), "{removed:?}");
    assert_eq!(world.backend.count("seed").await, 0);
    node.end().await;
}

async fn a_rotated_key_is_the_same_caller_by_both_values_until_the_first_one_ends(
    backend: Backend,
) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let key = made(&node, None).await;
    let until = world.clock.signed() + 60;
    let keys = &node.callers.keys;
    let fresh = keys.rotate(key.view.id, &chance(), until).await.unwrap();
    let (old, new) = (key.secret.expose_secret(), fresh.expose_secret());
    assert_ne!(old, new);
    let owner = shown(&node, new).await.unwrap().owner_id();
    assert_eq!(shown(&node, old).await.unwrap().owner_id(), owner);
    world.clock.advance(60);
    let ended = shown(&node, old).await.unwrap_err();
    assert_eq!(ended, NotACaller::Key(KeyRefused::Expired));
    assert_eq!(shown(&node, new).await.unwrap().owner_id(), owner);
    assert!(keys.has_owner(&owner, world.clock.signed()));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_nothing_is_told_why() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    assert!(matches!(shown(&node, KEY).await, Ok(Caller::GatewayKey(_))));
    let own = world.access("a");
    assert!(matches!(shown(&node, &own).await, Ok(Caller::OwnToken(_))));
    assert!(matches!(
        shown(&node, "fk-relay").await,
        Ok(Caller::OwnToken(_))
    ));
    world.clock.advance(11 * 24 * 3600);
    assert_eq!(shown(&node, &own).await.unwrap_err(), NotACaller::Expired);
    let platform = shown(&node, "sk-proj-abc").await.unwrap_err();
    assert_eq!(platform, NotACaller::PlatformKey);
    let unknown = shown(&node, "what").await.unwrap_err();
    assert_eq!(unknown, NotACaller::Seed(SeedRefused::Unknown));
    assert_eq!(world.exchanges(), 0);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_only_the_access_token_gets_no_other_one() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let access = world.faulty_access("ada", "access-invalidated");
    let file = world.signed_in(&TokenSpec::new("ada"), &access);
    node.import_from(Source::Admin, &[file]).await;
    let thief = shown(&node, &access).await.unwrap();
    let lease = node.pool.lease(&any(&thief)).await.unwrap();
    assert!(node.pool.renewed(lease).await.is_none());
    node.settled().await;
    let again = shown(&node, &access).await.unwrap();
    let (Caller::OwnToken(before), Caller::OwnToken(after)) = (thief, again) else {
        panic!("both are own tokens");
    };
    assert_eq!(before.token_key(), after.token_key());
    node.end().await;
}
