//! Seeds: who may make one, what each is bound to, and what becomes of it when that is gone.

use accounts::{Caller, Door, MAX_SEED_CHARS, NoAccount, NotACaller, Outcome, SeedRefused};
use store::records::{AccountId, AccountPatch};

use crate::support::{Backend, Node, World, any, on_both};

on_both!(
    an_unknown_word_becomes_a_seed_where_the_door_is_open_and_stays_one,
    a_seed_whose_account_is_gone_is_bound_to_another_and_told_once,
    a_new_seed_gets_an_account_though_the_one_in_memory_was_removed_elsewhere,
    two_processes_bind_the_same_word_to_the_same_account,
    a_seed_of_an_account_that_is_new_elsewhere_stays_where_it_is,
);

async fn opened(node: &Node, word: &str) -> Result<Caller, NotACaller> {
    node.callers.identify(word, Door::Open).await
}

async fn knocked(node: &Node, word: &str) -> Result<Caller, NotACaller> {
    node.callers.identify(word, Door::Closed).await
}

async fn account_of(node: &Node, caller: &Caller) -> AccountId {
    let lease = node.pool.lease(&any(caller)).await.unwrap();
    lease.account_id().unwrap()
}

fn refused(refused: SeedRefused) -> NotACaller {
    NotACaller::Seed(refused)
}

async fn an_unknown_word_becomes_a_seed_where_the_door_is_open_and_stays_one(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    node.add(&world, &["a", "b", "c"]).await;
    let unknown = knocked(&node, "my seed").await.unwrap_err();
    assert_eq!(unknown, refused(SeedRefused::Unknown));
    assert_eq!(world.backend.count("seed").await, 0);
    // The very first use serves.
    let first = opened(&node, "my seed").await.unwrap();
    let account = account_of(&node, &first).await;
    for _ in 0..5 {
        let again = opened(&node, "my seed").await.unwrap();
        assert_eq!(account_of(&node, &again).await, account);
        assert!(!again.was_rebound());
    }
    node.end().await;
    let node = world.node("a").await;
    let again = knocked(&node, "my seed").await.unwrap();
    assert_eq!(account_of(&node, &again).await, account);
    assert_eq!(
        again.owner_id(),
        first.owner_id(),
        "its things are still its own"
    );
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_words_share_an_account_and_each_has_its_own_things() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    let mut owners = std::collections::HashSet::new();
    for word in [
        "one",
        "One",
        "ONE",
        " one",
        "one ",
        "zwei",
        "三",
        "one\u{301}",
    ] {
        let caller = opened(&node, word).await.unwrap();
        assert!(owners.insert(caller.owner_id()), "{word}");
    }
    let node_seeds = node.callers.seeds.list().await.unwrap();
    assert_eq!(node_seeds.len(), 8);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_no_seeds_are_refused() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    let longest = "é".repeat(MAX_SEED_CHARS);
    assert!(opened(&node, &longest).await.is_ok());
    for word in [
        String::new(),
        format!("{longest}e"),
        "a\u{0}b".to_owned(),
        "a\u{7f}b".to_owned(),
    ] {
        let failure = opened(&node, &word).await.unwrap_err();
        assert_eq!(failure, refused(SeedRefused::NotASeed), "{word:?}");
    }
    assert_eq!(world.backend.count("seed").await, 1);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_fill_the_database() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    node.add(&world, &["a"]).await;
    for number in 0..600 {
        opened(&node, &format!("word {number}")).await.unwrap();
    }
    let many = opened(&node, "one more").await.unwrap_err();
    assert_eq!(many, refused(SeedRefused::TooMany));
    assert!(opened(&node, "word 7").await.is_ok(), "what is there stays");
    world.clock.advance(3600);
    assert!(opened(&node, "one more").await.is_ok());
    node.end().await;
}

async fn a_seed_whose_account_is_gone_is_bound_to_another_and_told_once(backend: Backend) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a", "b"]).await;
    let caller = opened(&node, "seed").await.unwrap();
    let first = account_of(&node, &caller).await;
    let other = if first == ids[0] { ids[1] } else { ids[0] };

    // A limit or a challenge is no death.
    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    lease.ended(Outcome::Challenged(upstream::ChallengeKind::Turnstile));
    drop(lease);
    let same = knocked(&node, "seed").await.unwrap();
    assert_eq!(account_of(&node, &same).await, first);

    let lease = node.pool.lease(&any(&caller)).await.unwrap();
    lease.ended(Outcome::Deactivated);
    drop(lease);
    let rebound = knocked(&node, "seed").await.unwrap();
    assert!(rebound.was_rebound());
    assert_eq!(account_of(&node, &rebound).await, other);
    assert_eq!(rebound.owner_id(), caller.owner_id());
    let after = knocked(&node, "seed").await.unwrap();
    assert!(!after.was_rebound(), "once");
    // With nobody better it stays where it is, and the account says what is wrong.
    let off = AccountPatch {
        is_disabled: Some(true),
        ..AccountPatch::default()
    };
    node.pool.change(other, off).await.unwrap();
    let stuck = knocked(&node, "seed").await.unwrap();
    let failure = node.pool.lease(&any(&stuck)).await.unwrap_err();
    assert_eq!(failure, NoAccount::NoneUsable);
    node.end().await;
}

async fn a_new_seed_gets_an_account_though_the_one_in_memory_was_removed_elsewhere(
    backend: Backend,
) {
    let world = World::on(backend).await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a"]).await;
    let other = world.node("b").await;
    other.pool.remove(ids[0]).await.unwrap();
    let ids = other.add(&world, &["b"]).await;
    let caller = opened(&node, "seed").await.unwrap();
    assert_eq!(account_of(&node, &caller).await, ids[0]);
    node.end().await;
    other.end().await;
}

async fn a_seed_of_an_account_that_is_new_elsewhere_stays_where_it_is(backend: Backend) {
    let world = World::on(backend).await;
    let one = world.node("one").await;
    one.add(&world, &["old"]).await;
    let other = world.node("other").await;
    let new = one.add(&world, &["new"]).await;
    let (seed, now) = ("seed".into(), world.clock.signed());
    let bound = one.callers.seeds.bind(&seed, Some(new[0]), now).await;
    assert_eq!(bound.unwrap().account, new[0]);
    // The other one has not loaded it yet.
    let caller = knocked(&other, "seed").await.unwrap();
    assert!(!caller.was_rebound());
    assert_eq!(account_of(&other, &caller).await, new[0]);
    one.end().await;
    other.end().await;
}

async fn two_processes_bind_the_same_word_to_the_same_account(backend: Backend) {
    let world = World::on(backend).await;
    let one = world.node("one").await;
    one.add(&world, &["a", "b", "c"]).await;
    let other = world.node("other").await;
    // Their turns are at different accounts.
    opened(&other, "something else").await.unwrap();
    account_of(&other, &opened(&other, "something else").await.unwrap()).await;
    for number in 0..10 {
        let seed = format!("word {number}");
        let (first, second) = tokio::join!(opened(&one, &seed), opened(&other, &seed));
        let (first, second) = (first.unwrap(), second.unwrap());
        let accounts = (
            account_of(&one, &first).await,
            account_of(&other, &second).await,
        );
        assert_eq!(accounts.0, accounts.1);
    }
    one.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_seed_needs_no_free_account() {
    let world = World::sqlite().await;
    let node = world.node_with("a", |it| it.max_in_use = Some(1)).await;
    node.add(&world, &["a"]).await;
    let first = opened(&node, "first").await.unwrap();
    let held = node.pool.lease(&any(&first)).await.unwrap();
    assert!(opened(&node, "second").await.is_ok());
    drop(held);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_is_shared_by_seeds_only_where_there_is_no_account_of_chatgpt() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let key = node.import(&["sk-proj-abc".to_owned()]).await[0];
    let account = node.add(&world, &["a"]).await[0];
    let bound_to = async |word: &str| {
        opened(&node, word).await.unwrap();
        let seed = node.callers.seeds.get(&word.into()).await.unwrap();
        seed.unwrap().account
    };
    assert_eq!(bound_to("one").await, account);
    node.pool.remove(account).await.unwrap();
    assert_eq!(bound_to("two").await, key);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_make_point_and_remove_seeds() {
    let world = World::sqlite().await;
    let node = world.node("a").await;
    let ids = node.add(&world, &["a", "b"]).await;
    let seeds = &node.callers.seeds;
    let (seed, now) = ("seed".into(), world.clock.signed());
    let made = seeds.bind(&seed, None, now).await.unwrap();
    let same = seeds.bind(&seed, None, now).await.unwrap();
    assert_eq!(made.account, same.account);
    for id in ids {
        assert_eq!(seeds.bind(&seed, Some(id), now).await.unwrap().account, id);
        let caller = knocked(&node, "seed").await.unwrap();
        assert_eq!(account_of(&node, &caller).await, id);
    }
    let nobody = AccountId(uuid::Uuid::nil());
    assert!(seeds.bind(&seed, Some(nobody), now).await.is_err());
    assert!(seeds.remove(&seed).await.unwrap());
    assert!(!seeds.remove(&seed).await.unwrap());
    assert!(seeds.get(&seed).await.unwrap().is_none());
    assert_eq!(
        knocked(&node, "seed").await.unwrap_err(),
        refused(SeedRefused::Unknown)
    );
    node.end().await;
}
