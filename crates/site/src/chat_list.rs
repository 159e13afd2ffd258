//! `GET /api/chats`: the chats of whoever asks, in pages, all of them or those with some words.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use http::HeaderMap;
use serde::Deserialize;
use store::records::{ChatPlace, StoredChat};
use web::ApiError;

use crate::Site;
use crate::body::{invalid, stored};
use crate::chat_search::search;
use crate::chats::{alive_since, shown};
use crate::owner::owner;
use crate::replies::{Chat, ChatPage};

const USUAL_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 100;
const MAX_QUERY_CHARS: usize = 200;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    archived: bool,
    query: Option<String>,
    before: Option<String>,
    limit: Option<u32>,
}

/// Which chats are wanted.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) owner: String,
    pub(crate) is_archived: bool,
    pub(crate) after: Option<ChatPlace>,
    pub(crate) limit: u32,
}

pub(crate) async fn list(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<ChatPage>, ApiError> {
    let owner = owner(&site, &headers).await?;
    let Query(asked) = asked.map_err(|_| {
        invalid("the query takes archived (true or false), query, before, and limit (a number)")
    })?;
    let limit = asked.limit.unwrap_or(USUAL_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit: a number from 1 to {MAX_LIMIT}");
        return Err(invalid(message).with_param("limit"));
    }
    let after = asked.before.as_deref().map(place).transpose()?;
    let wanted = Wanted {
        owner,
        is_archived: asked.archived,
        after,
        limit,
    };
    let words = asked.query.unwrap_or_default();
    if words.chars().count() > MAX_QUERY_CHARS {
        let message = format!("query: at most {MAX_QUERY_CHARS} characters");
        return Err(invalid(message).with_param("query"));
    }
    let found = if words.trim().is_empty() {
        page(&site, &wanted).await
    } else {
        search(&site, wanted, words.trim()).await
    };
    let (chats, next) = found.map_err(|error| stored(&error))?;
    Ok(Json(ChatPage { chats, next }))
}

async fn page(
    site: &Site,
    wanted: &Wanted,
) -> Result<(Vec<Chat>, Option<String>), store::DatabaseError> {
    let database = &site.parts.database;
    let chats = database.chats(
        &wanted.owner,
        wanted.is_archived,
        wanted.after.as_ref(),
        wanted.limit + 1,
        alive_since(site),
    );
    let mut chats = chats.await?;
    let limit = usize::try_from(wanted.limit).unwrap_or_default();
    let has_more = chats.len() > limit;
    chats.truncate(limit);
    let next = chats.last().filter(|_| has_more).map(cursor);
    Ok((chats.into_iter().map(shown).collect(), next))
}

/// The place of a chat, as it is written in `next`.
pub(crate) fn cursor(chat: &StoredChat) -> String {
    let pinned = u8::from(chat.is_pinned);
    format!("{pinned}.{}.{}", chat.updated_at, chat.id)
}

/// The place of a chat in the list.
pub(crate) fn place_of(chat: &StoredChat) -> ChatPlace {
    ChatPlace {
        is_pinned: chat.is_pinned,
        updated_at: chat.updated_at,
        id: chat.id.clone(),
    }
}

fn place(cursor: &str) -> Result<ChatPlace, ApiError> {
    let read = || {
        let mut parts = cursor.splitn(3, '.');
        let is_pinned = match parts.next()? {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        Some(ChatPlace {
            is_pinned,
            updated_at: parts.next()?.parse().ok()?,
            id: parts.next()?.to_owned(),
        })
    };
    read().ok_or_else(|| {
        invalid("before: this is no \"next\" of an earlier page").with_param("before")
    })
}

#[cfg(test)]
mod tests {
    use store::records::ChatPlace;

    use super::place;

    #[test]
    fn a_cursor_is_read_and_anything_else_is_refused() {
        let read = place("1.1790000000.chat_a").unwrap();
        let expected = ChatPlace {
            is_pinned: true,
            updated_at: 1_790_000_000,
            id: "chat_a".to_owned(),
        };
        assert_eq!(read, expected);
        for wrong in ["", "1", "2.5.a", "1.x.a", "1.5"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
