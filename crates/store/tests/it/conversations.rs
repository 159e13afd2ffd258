//! Conversations: the first owner stays, until they are forgotten or cleared.

use futures_util::future::join_all;

use crate::database::{Backend, NOW, on_both};

on_both!(
    the_first_owner_of_a_conversation_stays,
    what_was_begun_too_long_ago_is_forgotten,
    a_cleared_conversation_counts_as_never_seen,
);

async fn the_first_owner_of_a_conversation_stays(backend: &Backend) {
    let handles = backend.open_several(3).await;
    let owners = ["one", "two", "three"];
    let results = join_all((0_u8..12).map(|number| {
        let which = usize::from(number % 3);
        handles[which].remember_conversation("c", [number; 16], owners[which], NOW)
    }));
    let results: Vec<_> = results.await.into_iter().map(Result::unwrap).collect();
    let stands = handles[0].conversation("c").await.unwrap().unwrap();
    assert!(results.iter().all(|it| *it == stands));
    assert_eq!(stands.created_at, NOW);
    let whose = usize::from(stands.identity[0] % 3);
    assert_eq!(stands.owner, owners[whose]);
    assert_eq!(handles[1].conversation("d").await, Ok(None));
}

async fn what_was_begun_too_long_ago_is_forgotten(backend: &Backend) {
    let database = backend.open().await;
    for (id, at) in [("old", NOW - 10), ("new", NOW)] {
        let made = database.remember_conversation(id, [1; 16], "one", at);
        made.await.unwrap();
    }
    assert_eq!(database.forget_conversations_before(NOW).await, Ok(1));
    assert_eq!(database.conversation("old").await, Ok(None));
    assert!(database.conversation("new").await.unwrap().is_some());
    let again = database.remember_conversation("old", [2; 16], "two", NOW);
    assert_eq!(again.await.unwrap().owner, "two");
}

async fn a_cleared_conversation_counts_as_never_seen(backend: &Backend) {
    let database = backend.open().await;
    for id in ["a", "b"] {
        let made = database.remember_conversation(id, [1; 16], "one", NOW);
        made.await.unwrap();
    }
    let cleared = database.clear_seeds(NOW).await.unwrap();
    assert_eq!(database.conversation("a").await, Ok(None));
    let again = database.remember_conversation("a", [2; 16], "two", NOW + 1);
    assert_eq!(again.await.unwrap().identity, [2; 16]);
    assert_eq!(database.undo_clearing(&cleared.id).await, Ok(1));
    let kept = database.conversation("a").await.unwrap().unwrap();
    assert_eq!((kept.owner.as_str(), kept.created_at), ("two", NOW + 1));
    let back = database.conversation("b").await.unwrap().unwrap();
    assert_eq!(back.owner, "one");
}
