//! Finding chats by words in their titles and texts.
//!
//! All of it is sealed, so it has to be opened to be looked at. One request opens so much and no
//! more, and says where to go on; a text that is very long is not looked at. Used by `chat_list`.

use secrecy::ExposeSecret;
use store::DatabaseError;
use store::records::StoredChat;
use web::kept_response;

use crate::Site;
use crate::chat_list::{Wanted, cursor, place_of};
use crate::chats::{alive_since, shown};
use crate::replies::Chat;

/// How much text one request opens.
const MOST_BYTES: usize = 16 << 20;

/// How many chats one request looks into.
const MOST_CHATS: u32 = 500;

/// A longer item is a file or a picture rather than something said.
const LONGEST_BYTES: i64 = 64 << 10;

/// What is shown before the words that were found, and after.
const BEFORE_CHARS: usize = 40;
const AFTER_CHARS: usize = 80;

/// The chats that have the words, each with a snippet, and where to go on.
pub(crate) async fn search(
    site: &Site,
    wanted: Wanted,
    words: &str,
) -> Result<(Vec<Chat>, Option<String>), DatabaseError> {
    let database = &site.parts.database;
    let words = words.to_lowercase();
    let chats = database.chats(
        &wanted.owner,
        wanted.is_archived,
        wanted.after.as_ref(),
        MOST_CHATS,
        alive_since(site),
    );
    let chats = chats.await?;
    let limit = usize::try_from(wanted.limit).unwrap_or_default();
    let mut found = Vec::new();
    let mut opened = 0;
    let mut next = None;
    for chat in &chats {
        let (snippet, bytes) = look_into(site, &wanted.owner, chat, &words).await?;
        opened += bytes;
        if let Some(snippet) = snippet {
            found.push(Chat {
                snippet: Some(snippet),
                ..shown(chat.clone())
            });
        }
        if found.len() == limit || opened > MOST_BYTES {
            next = Some(chat);
            break;
        }
    }
    let is_cut = u32::try_from(chats.len()) == Ok(MOST_CHATS);
    let next = next.or(chats.last().filter(|_| is_cut));
    // There may be nothing after it.
    let next = match next {
        Some(chat) => has_more(site, &wanted, chat).await?.then(|| cursor(chat)),
        None => None,
    };
    Ok((found, next))
}

async fn has_more(site: &Site, wanted: &Wanted, last: &StoredChat) -> Result<bool, DatabaseError> {
    let database = &site.parts.database;
    let after = place_of(last);
    let more = database.chats(
        &wanted.owner,
        wanted.is_archived,
        Some(&after),
        1,
        alive_since(site),
    );
    Ok(!more.await?.is_empty())
}

/// Where the words are in a chat, and how much was opened.
async fn look_into(
    site: &Site,
    owner: &str,
    chat: &StoredChat,
    words: &str,
) -> Result<(Option<String>, usize), DatabaseError> {
    if let Some(title) = &chat.title
        && let Some(snippet) = snippet(title.expose_secret(), words)
    {
        return Ok((Some(snippet), 0));
    }
    let database = &site.parts.database;
    let items = database
        .short_chat_items(owner, &chat.id, LONGEST_BYTES)
        .await?;
    let bytes = items.iter().map(|it| it.json.expose_secret().len()).sum();
    let found = items.iter().find_map(|item| {
        let item = kept_response::item(item);
        let parts = item["content"].as_array()?;
        let mut texts = parts.iter().filter_map(|part| part["text"].as_str());
        texts.find_map(|text| snippet(text, words))
    });
    Ok((found, bytes))
}

/// The words with what stands around them; `words` are in lower case.
fn snippet(text: &str, words: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let at = lower.find(words)?;
    // In lower case some characters become two, so places are counted in characters and may be a
    // little off: it is only for looking at.
    let at = lower[..at].chars().count();
    let start = at.saturating_sub(BEFORE_CHARS);
    let taken = at - start + words.chars().count() + AFTER_CHARS;
    let mut rest = text.chars().skip(start);
    let shown: String = rest.by_ref().take(taken).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if rest.next().is_some() { "…" } else { "" };
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("{before}{shown}{after}"))
}

#[cfg(test)]
mod tests {
    use super::snippet;

    #[test]
    fn words_are_found_in_any_case_and_shown_with_what_stands_around_them() {
        assert_eq!(
            snippet("The Cat\nsat", "cat").as_deref(),
            Some("The Cat sat")
        );
        assert_eq!(
            snippet("猫坐在垫子上", "垫子").as_deref(),
            Some("猫坐在垫子上")
        );
        assert_eq!(snippet("the cat", "dog"), None);
        let long = format!("{} Needle {}", "a".repeat(100), "b".repeat(100));
        let shown = snippet(&long, "needle").unwrap();
        assert!(shown.starts_with("…a") && shown.ends_with("b…"), "{shown}");
        assert!(shown.contains(" Needle "), "{shown}");
        // A character that is two in lower case.
        assert!(snippet("İİİ x", "x").is_some());
    }
}
