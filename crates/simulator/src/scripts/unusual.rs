//! Scripts whose answer ends, or comes, in another way than a reader hopes for.

use serde_json::json;

use super::plain;
use crate::pieces;
use crate::story::{Finish, Story};

/// Some text, then the verdict that it must not be shown.
pub(super) fn moderation(story: &mut Story<'_>) {
    let text = plain::reply_to(story.prompt());
    let pieces = pieces::words(&text);
    story.answer(&pieces[..pieces.len() / 2], None, Finish::Unfinished);
    let message_id = story.newest();
    story.signal(json!({
        "type": "moderation",
        "message_id": message_id,
        "is_completion": true,
        "moderation_response": {
            "flagged": true,
            "blocked": true,
            "moderation_id": format!("modr-{}", &message_id[..8]),
        },
    }));
}

/// Stops in the middle of a sentence, as at the token limit.
pub(super) fn max_tokens(story: &mut Story<'_>) {
    let text = plain::reply_to(story.prompt());
    let pieces = pieces::words(&text);
    story.answer(&pieces[..pieces.len() * 2 / 3], None, Finish::MaxTokens);
}

/// A smaller model than the one asked for answers, and only the metadata says so.
pub(super) fn downgrade(story: &mut Story<'_>) {
    let smaller = if story.served() == "gpt-5-mini" {
        "i-mini"
    } else {
        "gpt-5-mini"
    };
    story.serve_with(smaller);
    plain::plain(story);
}
