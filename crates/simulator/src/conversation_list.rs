//! Lists of conversations: pages of an account's, of those a search finds, and the row each has.
//! Which conversations there are, `conversations` knows.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use serde_json::{Value, json};

use crate::conversation_request::text_of;
use crate::conversations::Order;
use crate::fields::Fields;
use crate::gizmos;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;
use crate::tree::Tree;

type App = Shared<Arc<State>>;

/// How many conversations a page has where nothing is said, and at most.
const USUAL_LIMIT: usize = 28;
const LARGEST_LIMIT: usize = 100;

/// How many of the found conversations come at once.
const FOUND_AT_ONCE: usize = 20;

/// A piece of a list.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Page {
    /// What is on the page, and where the next begins if there is more.
    pub(crate) fn cut<T>(self, list: &[T]) -> (&[T], Value) {
        let start = self.offset.min(list.len());
        let end = start.saturating_add(self.limit).min(list.len());
        let more = end < list.len() && self.limit > 0;
        let cursor = if more {
            json!(end.to_string())
        } else {
            Value::Null
        };
        (&list[start..end], cursor)
    }
}

/// The rows of some conversations.
pub(crate) fn rows(trees: &[&Tree]) -> Vec<Value> {
    trees.iter().map(|tree| tree.row()).collect()
}

/// `GET /backend-api/conversations`. Temporary chats and those of projects are not listed.
pub(crate) async fn list(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let page = Page {
        offset: fields.number_or("offset", 0),
        limit: fields.number_or("limit", USUAL_LIMIT).min(LARGEST_LIMIT),
    };
    fields.accept()?;
    let flag = |name: &str| fields.optional(name).as_str().map(|text| text == "true");
    let archived = flag("is_archived").unwrap_or(false);
    let starred = flag("is_starred");
    let order = match fields.optional("order").as_str() {
        Some("created") => Order::Created,
        _ => Order::Updated,
    };
    let conversations = state.conversations();
    let mut trees = conversations.listed(&caller.account.id, order);
    trees.retain(|tree| {
        let details = &tree.details;
        let in_project = details.gizmo_id.as_deref().is_some_and(gizmos::is_project);
        !in_project
            && details.is_archived == archived
            && starred.is_none_or(|starred| details.is_starred == starred)
    });
    let (items, _) = page.cut(&trees);
    Ok(Reply::ok(&json!({
        "items": rows(items),
        "total": trees.len(),
        "limit": page.limit,
        "offset": page.offset,
        "has_missing_conversations": false,
        "cursor": null,
    })))
}

/// `GET /backend-api/conversations/search`.
pub(crate) async fn search(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Reply, Reply> {
    let mut fields = Fields::of_query(&query);
    let wanted = fields.text("query").to_lowercase();
    let page = Page {
        offset: fields.number_or("cursor", 0),
        limit: FOUND_AT_ONCE,
    };
    fields.accept()?;
    let conversations = state.conversations();
    let trees = conversations.listed(&caller.account.id, Order::Updated);
    let found: Vec<Value> = trees
        .into_iter()
        .filter_map(|tree| find(tree, &wanted))
        .collect();
    let (items, cursor) = page.cut(&found);
    Ok(Reply::ok(&json!({"items": items, "cursor": cursor})))
}

/// A row about a conversation whose title or messages hold a text.
fn find(tree: &Tree, wanted: &str) -> Option<Value> {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    let mut messages = tree.messages().filter(|message| {
        let role = message["author"]["role"].as_str().unwrap_or_default();
        matches!(role, "user" | "assistant") && holds(&text_of(message))
    });
    let message = messages.next();
    if message.is_none() && !holds(&tree.details.title) {
        return None;
    }
    let mut row = tree.row();
    row["conversation_id"] = json!(tree.id);
    row["payload"] = json!({
        "kind": "message",
        "message_id": message.map(|message| &message["id"]),
        "snippet": message.map_or_else(|| tree.details.title.clone(), text_of),
    });
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_where_the_list_does() {
        let list = [1, 2, 3, 4, 5];
        let cut = |offset, limit| Page { offset, limit }.cut(&list);
        assert_eq!(cut(0, 2), (&list[..2], json!("2")));
        assert_eq!(cut(3, 2), (&list[3..], Value::Null));
        assert_eq!(cut(9, 2), (&list[5..], Value::Null));
        assert_eq!(cut(0, usize::MAX), (&list[..], Value::Null));
    }
}
