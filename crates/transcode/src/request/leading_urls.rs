//! `UPLOAD_BY_URL`: addresses at the start of a message become attachments, the rest is the prompt.
//!
//! Only the leading ones are taken; the same address later in the text stays. Called by `api`
//! when the setting is on.

use url::Url;

use crate::turn::{Attachment, AttachmentKind, AttachmentSource, Speaker, Turn, TurnPart};

/// More addresses than this at the start of a message are text.
const MAX_URLS: usize = 10;

/// Turns the leading addresses of the last message into attachments, if a person sent it.
pub fn attach(turn: &mut Turn) {
    let index = turn.messages.len().saturating_sub(1);
    let Some(message) = turn.messages.last_mut() else {
        return;
    };
    let Some(TurnPart::Text(text)) = message.parts.first() else {
        return;
    };
    if message.role != Speaker::User {
        return;
    }
    let (urls, rest) = split(text);
    if urls.is_empty() {
        return;
    }
    let attachments = urls.into_iter().map(|url| {
        TurnPart::Attachment(Attachment {
            path: format!("messages[{index}]"),
            kind: AttachmentKind::File,
            source: AttachmentSource::Url(url.to_owned()),
            name: None,
        })
    });
    let mut parts: Vec<TurnPart> = attachments.collect();
    parts.push(TurnPart::Text(rest.to_owned()));
    parts.extend(message.parts.drain(..).skip(1));
    message.parts = parts;
}

/// The leading addresses, each followed by white space, and what comes after them.
fn split(text: &str) -> (Vec<&str>, &str) {
    let mut urls = Vec::new();
    let mut rest = text;
    while urls.len() < MAX_URLS
        && let Some((word, later)) = rest.split_once(char::is_whitespace)
        && is_web_address(word)
    {
        urls.push(word);
        rest = later.trim_start();
    }
    (urls, rest)
}

fn is_web_address(word: &str) -> bool {
    let is_http = word.starts_with("http://") || word.starts_with("https://");
    is_http && Url::parse(word).is_ok_and(|url| url.has_host())
}

#[cfg(test)]
mod tests {
    use super::{attach, split};
    use crate::turn::{Speaker, Turn, TurnMessage};

    #[test]
    fn only_leading_addresses_are_taken_and_later_mentions_stay() {
        assert_eq!(
            split("https://a.example/x.png  http://b.example/y 看 https://a.example/x.png"),
            (
                vec!["https://a.example/x.png", "http://b.example/y"],
                "看 https://a.example/x.png"
            )
        );
        for text in [
            "https://a.example/x.png",
            "see https://a.example",
            "https:// x",
            "",
        ] {
            assert_eq!(split(text), (vec![], text), "{text}");
        }
    }

    #[test]
    fn the_addresses_of_a_persons_last_message_become_attachments() {
        let mut turn = Turn {
            messages: vec![
                TurnMessage::text(Speaker::User, "https://a.example/1 first"),
                TurnMessage::text(Speaker::User, "https://a.example/2 second"),
            ],
            ..Turn::default()
        };
        attach(&mut turn);
        assert_eq!(turn.messages[0].attachments().count(), 0);
        assert_eq!(turn.messages[1].attachments().count(), 1);
        assert_eq!(turn.messages[1].joined_text(), "second");
    }
}
