//! Chats: each owner's own trees of responses, in their order, and gone with all they hold.

use secrecy::{ExposeSecret, SecretString};
use store::Database;
use store::records::{
    ChatPatch, ChatPlace, ChatTurn, NewChat, NewItem, NewResponse, StoredChat, StoredTurn,
};

use crate::database::{Backend, NOW, on_both};

on_both!(
    a_chat_is_its_owners,
    a_response_becomes_the_leaf_and_names_a_chat_without_a_name,
    the_turns_of_a_chat_come_in_the_order_they_were_asked,
    a_response_that_is_being_made_is_named_while_its_maker_is_heard_of,
    pinned_chats_come_first_and_pages_follow_each_other,
    a_leaf_is_a_response_of_the_chat,
    a_leaf_that_is_deleted_gives_way_to_the_one_before,
    a_deleted_chat_comes_back_until_it_is_purged,
    responses_of_chats_do_not_grow_old,
    a_search_opens_the_newest_and_nothing_that_is_long,
);

/// Everybody who makes a response is alive.
const ALWAYS: i64 = 0;

fn new(id: &str, at: i64) -> NewChat {
    NewChat {
        id: id.to_owned(),
        owner: "one".to_owned(),
        title: None,
        model: None,
        created_at: at,
    }
}

fn item(id: &str, text: &str) -> NewItem {
    NewItem {
        id: id.to_owned(),
        is_output: id.starts_with("out"),
        json: SecretString::from(text.to_owned()),
    }
}

fn response(id: &str, previous: Option<&str>, chat: &str) -> NewResponse {
    NewResponse {
        id: id.to_owned(),
        owner: "one".to_owned(),
        previous_id: previous.map(str::to_owned),
        conversation_id: None,
        chat: Some(ChatTurn {
            chat_id: chat.to_owned(),
            title: Some(SecretString::from(format!("about {id}"))),
            model: format!("model of {id}"),
        }),
        status: "completed".to_owned(),
        node: None,
        was_begun: false,
        body: SecretString::from("{}"),
        events: Some(SecretString::from("events")),
        items: vec![item("in", "asked"), item("out", "answered")],
        appended: Vec::new(),
        created_at: NOW + 5,
    }
}

async fn chat(database: &Database, id: &str) -> Option<StoredChat> {
    database.chat("one", id, ALWAYS).await.unwrap()
}

async fn leaf(database: &Database) -> Option<String> {
    chat(database, "c").await.unwrap().leaf
}

async fn turns(database: &Database, owner: &str) -> Vec<StoredTurn> {
    database.chat_turns(owner, "c").await.unwrap()
}

async fn page(database: &Database, after: Option<&StoredChat>) -> Vec<StoredChat> {
    let after = after.map(|it| ChatPlace {
        is_pinned: it.is_pinned,
        updated_at: it.updated_at,
        id: it.id.clone(),
    });
    let page = database.chats("one", false, after.as_ref(), 2, ALWAYS);
    page.await.unwrap()
}

fn title(chat: &StoredChat) -> &str {
    chat.title.as_ref().map_or("", |it| it.expose_secret())
}

async fn a_chat_is_its_owners(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    let theirs = response("r", None, "c");
    database.keep_response(theirs).await.unwrap();
    assert!(chat(&database, "c").await.is_some());
    assert!(database.chat("two", "c", ALWAYS).await.unwrap().is_none());
    let listed = database.chats("two", false, None, 9, ALWAYS).await;
    assert!(listed.unwrap().is_empty());
    let patch = ChatPatch {
        is_pinned: Some(true),
        ..ChatPatch::default()
    };
    assert_eq!(database.change_chat("two", "c", patch).await, Ok(false));
    assert_eq!(database.delete_chat("two", "c", NOW).await, Ok(false));
    assert!(turns(&database, "two").await.is_empty());
    let found = database.short_chat_items("two", "c", 1 << 20).await;
    assert!(found.unwrap().is_empty());
    // A stranger's response does not get in.
    let strange = NewResponse {
        owner: "two".to_owned(),
        ..response("strange", None, "c")
    };
    database.keep_response(strange).await.unwrap();
    assert_eq!(leaf(&database).await.as_deref(), Some("r"));
    assert_eq!(turns(&database, "one").await.len(), 1);
}

async fn a_response_becomes_the_leaf_and_names_a_chat_without_a_name(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    let first = response("first", None, "c");
    database.keep_response(first).await.unwrap();
    let second = response("second", Some("first"), "c");
    database.keep_response(second).await.unwrap();
    let chat = chat(&database, "c").await.unwrap();
    assert_eq!(title(&chat), "about first");
    assert_eq!(chat.model.as_deref(), Some("model of second"));
    assert_eq!(chat.leaf.as_deref(), Some("second"));
    assert_eq!((chat.created_at, chat.updated_at), (NOW, NOW + 5));
    assert_eq!(chat.running, None);
}

async fn the_turns_of_a_chat_come_in_the_order_they_were_asked(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    for (id, previous) in [("z", None), ("m", Some("z")), ("a", Some("z"))] {
        let asked = response(id, previous, "c");
        database.keep_response(asked).await.unwrap();
    }
    let turns = turns(&database, "one").await;
    let tree: Vec<_> = turns
        .iter()
        .map(|it| (it.response.id.as_str(), it.response.previous_id.as_deref()))
        .collect();
    assert_eq!(tree, [("z", None), ("m", Some("z")), ("a", Some("z"))]);
    for turn in &turns {
        let items: Vec<_> = turn.items.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(items, ["in", "out"]);
        assert!(turn.response.events.is_none());
    }
}

async fn a_response_that_is_being_made_is_named_while_its_maker_is_heard_of(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    let begun = NewResponse {
        status: "queued".to_owned(),
        node: Some("node".to_owned()),
        ..response("r", None, "c")
    };
    database.keep_response(begun.clone()).await.unwrap();
    let running = |since| {
        let database = database.clone();
        async move {
            let chat = database.chat("one", "c", since).await.unwrap();
            chat.unwrap().running
        }
    };
    assert_eq!(running(NOW).await.as_deref(), Some("r"));
    assert_eq!(running(NOW + 6).await, None);
    let over = NewResponse {
        status: "completed".to_owned(),
        node: None,
        was_begun: true,
        ..begun
    };
    database.keep_response(over).await.unwrap();
    assert_eq!(running(NOW).await, None);
    assert_eq!(turns(&database, "one").await.len(), 1);
}

async fn pinned_chats_come_first_and_pages_follow_each_other(backend: &Backend) {
    let database = backend.open().await;
    for (id, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 3), ("kept", 9)] {
        database.create_chat(new(id, NOW + at)).await.unwrap();
    }
    for (id, patch) in [
        (
            "a",
            ChatPatch {
                is_pinned: Some(true),
                ..ChatPatch::default()
            },
        ),
        (
            "kept",
            ChatPatch {
                is_archived: Some(true),
                ..ChatPatch::default()
            },
        ),
    ] {
        assert_eq!(database.change_chat("one", id, patch).await, Ok(true));
    }
    let mut seen = Vec::new();
    let mut last: Option<StoredChat> = None;
    loop {
        let chats = page(&database, last.as_ref()).await;
        seen.extend(chats.iter().map(|it| it.id.clone()));
        last = chats.last().cloned();
        if chats.len() < 2 {
            break;
        }
    }
    assert_eq!(seen, ["a", "d", "c", "b"]);
    let archived = database.chats("one", true, None, 9, ALWAYS).await.unwrap();
    assert_eq!(archived.len(), 1);
    assert_eq!(
        (archived[0].id.as_str(), archived[0].is_pinned),
        ("kept", false)
    );
}

async fn a_leaf_is_a_response_of_the_chat(backend: &Backend) {
    let database = backend.open().await;
    for id in ["c", "other"] {
        database.create_chat(new(id, NOW)).await.unwrap();
    }
    for (id, chat) in [("r", "c"), ("s", "c"), ("elsewhere", "other")] {
        let asked = response(id, None, chat);
        database.keep_response(asked).await.unwrap();
    }
    for (wanted, is_there) in [("r", true), ("elsewhere", false), ("nowhere", false)] {
        let patch = ChatPatch {
            leaf: Some(wanted.to_owned()),
            title: Some(SecretString::from(format!("at {wanted}"))),
            ..ChatPatch::default()
        };
        let changed = database.change_chat("one", "c", patch).await;
        assert_eq!(changed, Ok(is_there), "{wanted}");
    }
    let chat = chat(&database, "c").await.unwrap();
    assert_eq!((chat.leaf.as_deref(), title(&chat)), (Some("r"), "at r"));
    // Nobody asked anything, so its place in the list is the same.
    assert_eq!(chat.updated_at, NOW + 5);
}

async fn a_leaf_that_is_deleted_gives_way_to_the_one_before(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    for (id, previous) in [("a", None), ("b", Some("a"))] {
        let asked = response(id, previous, "c");
        database.keep_response(asked).await.unwrap();
    }
    assert_eq!(database.forget_response("two", "b").await, Ok(false));
    assert_eq!(leaf(&database).await.as_deref(), Some("b"));
    assert_eq!(database.forget_response("one", "b").await, Ok(true));
    assert_eq!(leaf(&database).await.as_deref(), Some("a"));
    assert_eq!(database.forget_response("one", "a").await, Ok(true));
    assert_eq!(leaf(&database).await, None);
}

async fn a_deleted_chat_comes_back_until_it_is_purged(backend: &Backend) {
    let database = backend.open().await;
    for id in ["c", "stays"] {
        database.create_chat(new(id, NOW)).await.unwrap();
        let asked = response(&format!("r of {id}"), None, id);
        database.keep_response(asked).await.unwrap();
    }
    assert_eq!(database.delete_chat("one", "c", NOW).await, Ok(true));
    assert_eq!(database.delete_chat("one", "c", NOW + 9).await, Ok(false));
    assert!(chat(&database, "c").await.is_none());
    let listed = database.chats("one", false, None, 9, ALWAYS).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(database.restore_chat("two", "c", NOW - 60).await, Ok(false));
    assert_eq!(database.restore_chat("one", "c", NOW).await, Ok(false));
    assert_eq!(database.restore_chat("one", "c", NOW - 60).await, Ok(true));
    assert_eq!(database.restore_chat("one", "c", NOW - 60).await, Ok(false));
    assert_eq!(turns(&database, "one").await.len(), 1);
    database.delete_chat("one", "c", NOW).await.unwrap();
    assert_eq!(database.purge_chats(NOW - 1).await, Ok(0));
    assert_eq!(database.purge_chats(NOW).await, Ok(1));
    assert_eq!(database.restore_chat("one", "c", NOW - 60).await, Ok(false));
    assert!(turns(&database, "one").await.is_empty());
    let items = database.kept_items("one", "r of c").await.unwrap();
    assert!(items.is_empty());
    let stays = database.kept_items("one", "r of stays").await.unwrap();
    assert_eq!(stays.len(), 2);
}

async fn responses_of_chats_do_not_grow_old(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    let chats = response("r", None, "c");
    database.keep_response(chats).await.unwrap();
    // Its chat was purged before it was asked for.
    let lost = response("lost", None, "gone");
    database.keep_response(lost).await.unwrap();
    database.forget_responses_before(NOW + 9).await.unwrap();
    assert_eq!(turns(&database, "one").await[0].items.len(), 2);
    let lost = database.kept_response("one", "lost").await.unwrap();
    assert!(lost.is_none());
}

async fn a_search_opens_the_newest_and_nothing_that_is_long(backend: &Backend) {
    let database = backend.open().await;
    database.create_chat(new("c", NOW)).await.unwrap();
    let asked = NewResponse {
        items: vec![item("in", &"long ".repeat(100)), item("out", "short")],
        ..response("r", None, "c")
    };
    database.keep_response(asked).await.unwrap();
    let next = NewResponse {
        items: vec![item("out next", "short")],
        ..response("s", Some("r"), "c")
    };
    database.keep_response(next).await.unwrap();
    let ids = async |longest| {
        let found = database.short_chat_items("one", "c", longest).await;
        let ids: Vec<String> = found.unwrap().into_iter().map(|it| it.id).collect();
        ids
    };
    assert_eq!(ids(100).await, ["out next", "out"]);
    assert_eq!(ids(1000).await, ["out next", "out", "in"]);
}
