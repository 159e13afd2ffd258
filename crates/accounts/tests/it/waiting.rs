//! Standing in line while all accounts are busy.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use accounts::{Caller, KeyPolicy, Lease, NewManagedKey, NoAccount, Outcome, Pool, Wanted};
use fastrand::Rng;
use futures_util::poll;
use secrecy::ExposeSecret;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use crate::support::{Node, World, any, key_holder, scopes};

/// A process whose accounts serve one request each.
async fn one_each(world: &World, names: &[&str]) -> (Node, Caller) {
    let node = world.node_with("a", |it| it.max_in_use = Some(1)).await;
    node.add(world, names).await;
    let caller = key_holder(&node);
    (node, caller)
}

/// Waits until so many stand in line.
async fn until_waiting(pool: &Pool, count: usize) {
    while pool.waiting() != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_wait_are_served_in_the_order_they_came() {
    let world = World::sqlite().await;
    let (node, caller) = one_each(&world, &["a"]).await;
    let held = node.pool.lease(&any(&caller)).await.unwrap();
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = JoinSet::new();
    for number in 0..50 {
        let (pool, caller, served) = (node.pool.clone(), caller.clone(), Arc::clone(&served));
        waiting.spawn(async move {
            let lease = pool.lease(&any(&caller)).await.unwrap();
            served.lock().unwrap().push(number);
            drop(lease);
        });
        until_waiting(&node.pool, number + 1).await;
    }
    drop(held);
    waiting.join_all().await;
    let served = served.lock().unwrap().clone();
    assert_eq!(served, (0..50).collect::<Vec<_>>());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_one_driver_holds_nobody_back_who_needs_another() {
    let world = World::sqlite().await;
    let (node, caller) = one_each(&world, &["a"]).await;
    node.import(&["sk-proj-abc".to_owned()]).await;
    let by_token = any(&caller);
    let by_key = Wanted {
        driver: upstream::DriverKind::Platform,
        ..by_token
    };
    let held = node.pool.lease(&by_token).await.unwrap();
    let held_key = node.pool.lease(&by_key).await.unwrap();
    let mut first = Box::pin(node.pool.lease(&by_token));
    let mut second = Box::pin(node.pool.lease(&by_key));
    assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
    drop(held_key);
    let served = second.await.unwrap();
    drop((served, held));
    first.await.unwrap();
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_is_no_longer_than_it_may_be() {
    let world = World::sqlite().await;
    let limits = |it: &mut accounts::PoolSettings| {
        it.max_in_use = Some(1);
        it.queue_limit = 2;
        it.queue_wait = Duration::from_millis(100);
    };
    let node = world.node_with("a", limits).await;
    node.add(&world, &["a"]).await;
    let caller = key_holder(&node);
    let held = node.pool.lease(&any(&caller)).await.unwrap();
    let wanted = any(&caller);
    let mut waiting = [0, 1].map(|_| Box::pin(node.pool.lease(&wanted)));
    for it in &mut waiting {
        assert!(poll!(it).is_pending());
    }
    let refused = poll!(Box::pin(node.pool.lease(&wanted)));
    assert!(matches!(
        refused,
        std::task::Poll::Ready(Err(NoAccount::Busy))
    ));
    for it in waiting {
        assert_eq!(it.await.unwrap_err(), NoAccount::Busy, "it took too long");
    }
    drop(held);
    // Those that went away do not stand in line.
    assert!(node.pool.lease(&wanted).await.is_ok());
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_nobody_takes_any_more_goes_to_the_next() {
    let world = World::sqlite().await;
    let (node, caller) = one_each(&world, &["a"]).await;
    let wanted = any(&caller);
    let held = node.pool.lease(&wanted).await.unwrap();
    let mut first = Box::pin(node.pool.lease(&wanted));
    let mut second = Box::pin(node.pool.lease(&wanted));
    assert!(poll!(&mut first).is_pending());
    assert!(poll!(&mut second).is_pending());
    // The place is on its way to the first, who goes away without looking.
    drop(held);
    drop(first);
    let std::task::Poll::Ready(Ok(lease)) = poll!(&mut second) else {
        panic!("the place is lost");
    };
    drop(lease);
    drop(second);
    node.end().await;
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Lease, NoAccount>> + Send + 'a>>;

#[tokio::test(flavor = "multi_thread")]
async fn no_place_is_lost_in_a_thousand_random_courses() {
    let world = World::sqlite().await;
    let (node, caller) = one_each(&world, &["a", "b"]).await;
    let wanted = any(&caller);
    for seed in 0..1000 {
        let mut rng = Rng::with_seed(seed);
        let mut leases: Vec<Lease> = Vec::new();
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        for _ in 0..40 {
            match rng.u8(..5) {
                0 | 1 => {
                    let mut one: Waiting<'_> = Box::pin(node.pool.lease(&wanted));
                    match poll!(&mut one) {
                        std::task::Poll::Ready(lease) => leases.push(lease.unwrap()),
                        std::task::Poll::Pending => waiting.push(one),
                    }
                }
                2 if !leases.is_empty() => {
                    drop(leases.swap_remove(rng.usize(..leases.len())));
                }
                // Perhaps right after it was woken.
                3 if !waiting.is_empty() => {
                    drop(waiting.remove(rng.usize(..waiting.len())));
                }
                _ if !waiting.is_empty() => {
                    let index = rng.usize(..waiting.len());
                    if let std::task::Poll::Ready(lease) = poll!(&mut waiting[index]) {
                        leases.push(lease.unwrap());
                        drop(waiting.remove(index));
                    }
                }
                _ => {}
            }
            assert!(leases.len() <= 2, "seed {seed}: more places than there are");
            assert!(node.pool.leased() <= 2, "seed {seed}");
        }
        drop(leases);
        // All that still wait are served, in turn.
        for one in waiting {
            drop(one.await.unwrap());
        }
        assert_eq!(
            (node.pool.leased(), node.pool.waiting()),
            (0, 0),
            "seed {seed}"
        );
    }
    node.end().await;
}

/// Somebody with a managed key that may use these accounts.
async fn restricted(node: &Node, accounts: &[&str]) -> Caller {
    let new = NewManagedKey {
        name: "restricted".to_owned(),
        policy: KeyPolicy {
            accounts: accounts.iter().map(ToString::to_string).collect(),
            ..KeyPolicy::default()
        },
        expires_at: None,
    };
    let chance = [uuid::Uuid::new_v4().into_bytes(); 4].concat();
    let chance: [u8; 64] = chance.try_into().unwrap();
    let made = node.callers.keys.create(new, &chance, 0).await.unwrap();
    let shown = made.secret.expose_secret();
    node.callers
        .identify(shown, accounts::Door::Closed)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_one_account_is_in_nobodys_way() {
    let world = World::sqlite().await;
    let limits = |it: &mut accounts::PoolSettings| {
        it.max_in_use = Some(1);
        it.queue_limit = 1;
    };
    let node = world.node_with("a", limits).await;
    let ids = node.add(&world, &["a", "b"]).await;
    let everybody = key_holder(&node);
    let restricted = restricted(&node, &[&ids[0].to_string()]).await;
    let held = node.pool.lease(&any(&restricted)).await.unwrap();
    assert_eq!(held.account_id(), Some(ids[0]));
    let wanted = any(&restricted);
    let mut waits = Box::pin(node.pool.lease(&wanted));
    assert!(poll!(&mut waits).is_pending());
    // The line is full, and yet there is an account that none in it can have.
    let other = node.pool.lease(&any(&everybody)).await.unwrap();
    assert_eq!(other.account_id(), Some(ids[1]));
    // What becomes free goes to whom it may serve.
    drop(other);
    assert!(poll!(&mut waits).is_pending());
    drop(held);
    let lease = waits.await.unwrap();
    assert_eq!(lease.account_id(), Some(ids[0]));
    drop(lease);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_served_when_a_cool_down_is_over_though_nothing_happens() {
    let world = World::sqlite().await;
    let (node, caller) = one_each(&world, &["a", "b"]).await;
    let scopes = scopes();
    let wanted = Wanted {
        scopes: &scopes,
        ..any(&caller)
    };
    let limited = node.pool.lease(&wanted).await.unwrap();
    let until = world.clock.seconds() + 60;
    limited.ended(Outcome::Limited(scopes[0].clone(), Some(until)));
    drop(limited);
    let held = node.pool.lease(&wanted).await.unwrap();
    let mut waits = Box::pin(node.pool.lease(&wanted));
    assert!(poll!(&mut waits).is_pending());
    // Nothing is left to be loaded.
    node.written().await;
    node.pool.sync().await.unwrap();
    world.clock.advance(61);
    assert!(poll!(&mut waits).is_pending());
    assert_eq!(node.pool.sync().await.unwrap(), Vec::<String>::new());
    let lease = waits.await.unwrap();
    assert_ne!(lease.account_id(), held.account_id());
    drop((lease, held));
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_an_account_that_goes_is_told() {
    let world = World::sqlite().await;
    let (node, caller) = one_each(&world, &["a"]).await;
    let held = node.pool.lease(&any(&caller)).await.unwrap();
    let wanted = any(&caller);
    let mut waits = Box::pin(node.pool.lease(&wanted));
    assert!(poll!(&mut waits).is_pending());
    node.pool.remove(held.account_id().unwrap()).await.unwrap();
    assert_eq!(waits.await.unwrap_err(), NoAccount::EmptyPool);
    drop(held);
    node.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_never_serve_more_at_once_than_they_may() {
    let world = World::sqlite().await;
    let node = world.node_with("a", |it| it.max_in_use = Some(3)).await;
    node.add(&world, &["a", "b", "c"]).await;
    let caller = key_holder(&node);
    let tasks = TaskTracker::new();
    for _ in 0..300 {
        let (pool, caller) = (node.pool.clone(), caller.clone());
        tasks.spawn(async move {
            let lease = pool.lease(&any(&caller)).await.unwrap();
            let id = lease.account_id().unwrap();
            assert!(pool.account(id).unwrap().in_use <= 3);
            tokio::task::yield_now().await;
            drop(lease);
        });
    }
    tasks.close();
    tasks.wait().await;
    node.end().await;
}
