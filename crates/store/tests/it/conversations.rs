//! Conversations: the first owner stays, and each owner sees its own.

use futures_util::future::join_all;

use crate::database::{Backend, NOW, on_both};

on_both!(
    the_first_owner_of_a_conversation_stays,
    an_owner_goes_through_its_own_page_by_page,
    what_was_forgotten_is_not_there,
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

async fn an_owner_goes_through_its_own_page_by_page(backend: &Backend) {
    let database = backend.open().await;
    // Several in the same second.
    for number in 0..10 {
        let at = NOW + number / 4;
        for owner in ["mine", "other"] {
            let id = format!("{owner}-{number}");
            let made = database.remember_conversation(&id, [1; 16], owner, at);
            made.await.unwrap();
        }
    }
    let mut seen = Vec::new();
    loop {
        let before = seen.last().cloned();
        let page = database.conversations_of("mine", 3, before.as_deref());
        let page = page.await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        seen.extend(page.into_iter().map(|it| it.id));
    }
    let expected: Vec<_> = (0..10).rev().map(|it| format!("mine-{it}")).collect();
    assert_eq!(seen, expected);
    let nobody = database.conversations_of("nobody", 3, None).await;
    assert_eq!(nobody, Ok(Vec::new()));
}

async fn what_was_forgotten_is_not_there(backend: &Backend) {
    let database = backend.open().await;
    for (id, at) in [("old", NOW - 10), ("new", NOW), ("gone", NOW)] {
        let made = database.remember_conversation(id, [1; 16], "one", at);
        made.await.unwrap();
    }
    assert_eq!(database.forget_conversation("gone").await, Ok(true));
    assert_eq!(database.forget_conversation("gone").await, Ok(false));
    assert_eq!(database.forget_conversations_before(NOW).await, Ok(1));
    let left = database.conversations_of("one", 10, None).await.unwrap();
    let left: Vec<_> = left.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(left, ["new"]);
    let again = database.remember_conversation("gone", [2; 16], "two", NOW);
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
    assert_eq!(
        database.conversations_of("one", 9, None).await,
        Ok(Vec::new())
    );
    assert_eq!(database.forget_conversation("a").await, Ok(false));
    let again = database.remember_conversation("a", [2; 16], "two", NOW + 1);
    assert_eq!(again.await.unwrap().identity, [2; 16]);
    assert_eq!(database.undo_clearing(&cleared.id).await, Ok(1));
    let kept = database.conversation("a").await.unwrap().unwrap();
    assert_eq!((kept.owner.as_str(), kept.created_at), ("two", NOW + 1));
    let back = database.conversation("b").await.unwrap().unwrap();
    assert_eq!(back.owner, "one");
}
