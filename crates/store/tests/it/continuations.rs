//! Where conversations stand: remembered, overruled, forgotten and trimmed.

use store::records::StoredContinuation;

use crate::database::{Backend, NOW, on_both};

on_both!(
    the_place_in_a_conversation_is_found_by_its_key_only,
    the_later_place_of_one_key_stays_within_a_batch_and_between_batches,
    a_lost_conversation_is_forgotten_with_all_its_places,
    old_places_go_and_so_do_the_oldest_beyond_the_bound,
);

fn place(number: u8, conversation: &str) -> StoredContinuation {
    StoredContinuation {
        key: [number; 16],
        conversation_id: conversation.to_owned(),
        message_id: format!("message-{number}"),
        identity: [7; 16],
        is_kept: number % 2 == 1,
        used_at: NOW + i64::from(number),
    }
}

async fn the_place_in_a_conversation_is_found_by_its_key_only(backend: &Backend) {
    let database = backend.open().await;
    let all = vec![place(1, "one"), place(2, "two")];
    database.remember_continuations(all).await.unwrap();
    for (number, conversation) in [(1, "one"), (2, "two")] {
        let found = database.continuation([number; 16]).await.unwrap();
        assert_eq!(found, Some(place(number, conversation)));
    }
    assert_eq!(database.continuation([3; 16]).await, Ok(None));
}

async fn the_later_place_of_one_key_stays_within_a_batch_and_between_batches(backend: &Backend) {
    let database = backend.open().await;
    let batch = vec![place(1, "first"), place(1, "second")];
    database.remember_continuations(batch).await.unwrap();
    let found = database.continuation([1; 16]).await.unwrap().unwrap();
    assert_eq!(found.conversation_id, "second");
    let batch = vec![place(1, "third")];
    database.remember_continuations(batch).await.unwrap();
    let found = database.continuation([1; 16]).await.unwrap().unwrap();
    assert_eq!(found.conversation_id, "third");
}

async fn a_lost_conversation_is_forgotten_with_all_its_places(backend: &Backend) {
    let database = backend.open().await;
    let all = vec![place(1, "lost"), place(2, "lost"), place(3, "other")];
    database.remember_continuations(all).await.unwrap();
    assert_eq!(database.forget_continuations_of("lost").await, Ok(2));
    assert_eq!(database.continuation([1; 16]).await, Ok(None));
    assert!(database.continuation([3; 16]).await.unwrap().is_some());
}

async fn old_places_go_and_so_do_the_oldest_beyond_the_bound(backend: &Backend) {
    let database = backend.open().await;
    let all = (1..=10).map(|number| place(number, "one")).collect();
    database.remember_continuations(all).await.unwrap();
    assert_eq!(database.trim_continuations(NOW + 3, 100).await, Ok(2));
    assert_eq!(database.trim_continuations(NOW, 5).await, Ok(3));
    assert_eq!(database.continuation([5; 16]).await, Ok(None));
    assert!(database.continuation([6; 16]).await.unwrap().is_some());
}
