//! Responses and conversations that are kept: each owner's own, sealed, and never half.

use secrecy::{ExposeSecret, SecretString};
use store::records::{KeptConversation, NewItem, NewResponse};
use store::{Database, DatabaseError};

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_response_is_its_owners_and_comes_with_its_items,
    a_response_that_was_begun_is_ended_once_unless_it_was_deleted,
    what_a_process_left_unfinished_is_over_when_it_is_gone,
    a_conversation_grows_in_order_and_goes_with_its_items,
    what_is_old_goes_and_what_is_in_use_stays,
    an_item_is_found_by_its_id_and_sealed_anew_with_the_keys,
);

fn item(id: &str) -> NewItem {
    NewItem {
        id: id.to_owned(),
        is_output: id.starts_with("out"),
        json: SecretString::from(format!("{{\"id\":\"{id}\"}}")),
    }
}

fn response(id: &str) -> NewResponse {
    NewResponse {
        id: id.to_owned(),
        owner: "one".to_owned(),
        previous_id: None,
        conversation_id: None,
        chat: None,
        status: "completed".to_owned(),
        node: None,
        was_begun: false,
        body: SecretString::from("{}"),
        events: None,
        items: vec![item("in"), item("out")],
        appended: Vec::new(),
        created_at: NOW,
    }
}

fn begun(id: &str, node: &str) -> NewResponse {
    NewResponse {
        status: "queued".to_owned(),
        node: Some(node.to_owned()),
        items: vec![item("in")],
        ..response(id)
    }
}

async fn ids(database: &Database, holder: &str) -> Vec<String> {
    let items = database.kept_items("one", holder).await.unwrap();
    items.into_iter().map(|it| it.id).collect()
}

async fn converse(database: &Database, id: &str) {
    let new = KeptConversation {
        id: id.to_owned(),
        metadata: SecretString::from("{}"),
        created_at: NOW,
    };
    let made = database.keep_conversation("one", new, vec![item("first")]);
    made.await.unwrap();
}

async fn a_response_is_its_owners_and_comes_with_its_items(backend: &Backend) {
    let database = backend.open().await;
    let new = NewResponse {
        previous_id: Some("before".to_owned()),
        events: Some(SecretString::from("events")),
        ..response("r")
    };
    database.keep_response(new).await.unwrap();
    let kept = database.kept_response("one", "r").await.unwrap().unwrap();
    assert_eq!(kept.previous_id.as_deref(), Some("before"));
    assert_eq!((kept.status.as_str(), kept.created_at), ("completed", NOW));
    assert_eq!((kept.alive_at, kept.is_cancelled), (None, false));
    assert_eq!(kept.events.unwrap().expose_secret(), "events");
    assert_eq!(ids(&database, "r").await, ["in", "out"]);
    assert!(database.kept_response("two", "r").await.unwrap().is_none());
    assert!(database.kept_items("two", "r").await.unwrap().is_empty());
    assert!(!database.forget_response("two", "r").await.unwrap());
    assert!(!database.cancel_response("two", "r").await.unwrap());
    assert!(database.forget_response("one", "r").await.unwrap());
    assert!(database.kept_response("one", "r").await.unwrap().is_none());
    assert!(ids(&database, "r").await.is_empty());
}

async fn a_response_that_was_begun_is_ended_once_unless_it_was_deleted(backend: &Backend) {
    let database = backend.open().await;
    for id in ["r", "gone"] {
        database.keep_response(begun(id, "node")).await.unwrap();
    }
    let alive = database
        .response_is_alive("r", "in_progress", NOW + 5)
        .await;
    assert_eq!(alive, Ok(Some(false)));
    assert_eq!(database.cancel_response("one", "r").await, Ok(true));
    let alive = database
        .response_is_alive("r", "in_progress", NOW + 6)
        .await;
    assert_eq!(alive, Ok(Some(true)));
    database.forget_response("one", "gone").await.unwrap();
    let end = |id: &str| NewResponse {
        was_begun: true,
        ..response(id)
    };
    let ended = database.keep_response(end("gone")).await;
    assert_eq!(ended, Err(DatabaseError::NotFound));
    database.keep_response(end("r")).await.unwrap();
    let kept = database.kept_response("one", "r").await.unwrap().unwrap();
    assert_eq!(kept.status, "completed");
    assert_eq!(ids(&database, "r").await, ["in", "out"]);
    let again = database.keep_response(end("r")).await;
    assert_eq!(again, Err(DatabaseError::NotFound));
    let over = database
        .response_is_alive("r", "in_progress", NOW + 7)
        .await;
    assert_eq!(over, Ok(None));
}

async fn what_a_process_left_unfinished_is_over_when_it_is_gone(backend: &Backend) {
    let database = backend.open().await;
    for (id, node) in [("a", "one"), ("b", "two"), ("c", "two")] {
        database.keep_response(begun(id, node)).await.unwrap();
    }
    database.keep_response(response("done")).await.unwrap();
    assert_eq!(database.abandon_responses("one").await, Ok(1));
    database
        .response_is_alive("c", "in_progress", NOW + 60)
        .await
        .unwrap();
    assert_eq!(database.abandon_responses_before(NOW + 30).await, Ok(1));
    for (id, status) in [
        ("a", "failed"),
        ("b", "failed"),
        ("c", "in_progress"),
        ("done", "completed"),
    ] {
        let kept = database.kept_response("one", id).await.unwrap().unwrap();
        assert_eq!(kept.status, status, "{id}");
    }
}

async fn a_conversation_grows_in_order_and_goes_with_its_items(backend: &Backend) {
    let database = backend.open().await;
    converse(&database, "c").await;
    let more = database.add_to_conversation("one", "c", vec![item("a"), item("b")], NOW);
    more.await.unwrap();
    let new = NewResponse {
        conversation_id: Some("c".to_owned()),
        appended: vec![item("in"), item("out")],
        ..response("r")
    };
    database.keep_response(new).await.unwrap();
    assert_eq!(ids(&database, "c").await, ["first", "a", "b", "in", "out"]);
    assert_eq!(database.remove_kept_item("two", "c", "a").await, Ok(false));
    assert_eq!(database.remove_kept_item("one", "c", "a").await, Ok(true));
    assert_eq!(ids(&database, "c").await, ["first", "b", "in", "out"]);
    let strangers = database.add_to_conversation("two", "c", vec![item("x")], NOW);
    assert_eq!(strangers.await, Err(DatabaseError::NotFound));
    let noted = SecretString::from("{\"a\":\"b\"}");
    let changed = database.note_conversation("two", "c", &noted, NOW).await;
    assert_eq!(changed, Ok(false));
    let changed = database.note_conversation("one", "c", &noted, NOW).await;
    assert_eq!(changed, Ok(true));
    let kept = database.kept_conversation("one", "c").await.unwrap();
    assert_eq!(
        kept.unwrap().metadata.expose_secret(),
        noted.expose_secret()
    );
    let strangers = database.kept_conversation("two", "c").await.unwrap();
    assert!(strangers.is_none());
    assert_eq!(
        database.forget_kept_conversation("two", "c").await,
        Ok(false)
    );
    assert_eq!(
        database.forget_kept_conversation("one", "c").await,
        Ok(true)
    );
    assert!(ids(&database, "c").await.is_empty());
    // What was said is still in the response.
    assert_eq!(ids(&database, "r").await, ["in", "out"]);
}

async fn what_is_old_goes_and_what_is_in_use_stays(backend: &Backend) {
    let database = backend.open().await;
    for id in ["unused", "used"] {
        converse(&database, id).await;
    }
    let used = database.add_to_conversation("one", "used", vec![item("a")], NOW + 9);
    used.await.unwrap();
    database.keep_response(response("old")).await.unwrap();
    let new = NewResponse {
        created_at: NOW + 9,
        ..response("new")
    };
    database.keep_response(new).await.unwrap();
    database.forget_responses_before(NOW + 1).await.unwrap();
    assert!(ids(&database, "old").await.is_empty());
    assert!(ids(&database, "unused").await.is_empty());
    assert_eq!(ids(&database, "new").await.len(), 2);
    assert_eq!(ids(&database, "used").await, ["first", "a"]);
    assert!(
        database
            .kept_response("one", "old")
            .await
            .unwrap()
            .is_none()
    );
}

async fn an_item_is_found_by_its_id_and_sealed_anew_with_the_keys(backend: &Backend) {
    let database = backend.open().await;
    database.keep_response(response("r")).await.unwrap();
    let resealed = database.rotate_data_key(NOW + 60).await.unwrap().resealed;
    assert_eq!(resealed, 3);
    let found = database.kept_item("one", "out").await.unwrap().unwrap();
    assert!(found.is_output);
    assert_eq!(found.json.expose_secret(), "{\"id\":\"out\"}");
    assert!(database.kept_item("two", "out").await.unwrap().is_none());
}
