//! The chat of the web chat that a response belongs to, named by a header, and what a chat is
//! called that has no name.

use http::{HeaderMap, HeaderName};
use openai::error::InvalidRequest;
use serde_json::Value;
use transcode::request::response_create::ResponseRequest;
use web::ApiError;
use web::kept_response::ALIVE_SECONDS;

use super::run::now;
use super::{not_found, store_error};
use crate::Api;

const CHAT: HeaderName = HeaderName::from_static("x-flowgpt-chat");

const TITLE_CHARS: usize = 60;

/// The chat that a request names.
pub(super) fn named(
    headers: &HeaderMap,
    request: &ResponseRequest,
) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(CHAT) else {
        return Ok(None);
    };
    if !request.store {
        let message = "store: a response of a chat is kept; leave x-flowgpt-chat out, or store it";
        return Err(InvalidRequest::parameter("store", message).into());
    }
    Ok(Some(value.to_str().unwrap_or_default().to_owned()))
}

/// Fails unless the chat is this caller's.
pub(super) async fn check(api: &Api, owner: &str, id: &str) -> Result<(), ApiError> {
    let since = i64::try_from(now(api)).unwrap_or(i64::MAX) - ALIVE_SECONDS;
    let found = api.responses.database.chat(owner, id, since).await;
    match found.map_err(|error| store_error(&error))? {
        Some(_) => Ok(()),
        None => Err(not_found(
            "chat_not_found",
            "x-flowgpt-chat",
            "there is no such chat".to_owned(),
        )),
    }
}

/// What a chat is called after its first question: the beginning of that.
pub(super) fn title(input: &[Value]) -> Option<String> {
    let asked = input.iter().filter(|item| item["role"] == "user");
    let parts = asked.filter_map(|item| item["content"].as_array());
    let texts = parts.flatten().filter_map(|part| part["text"].as_str());
    let words: Vec<&str> = texts.flat_map(str::split_whitespace).collect();
    let title: String = words.join(" ").chars().take(TITLE_CHARS).collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::title;

    #[test]
    fn a_chat_is_called_by_the_beginning_of_the_question() {
        let part = |text: &str| json!({"type": "input_text", "text": text});
        let said = |role: &str, text: &str| json!({"role": role, "content": [part(text)]});
        let asked = |input: &[_]| title(input);
        let question = said("user", "  what\n is\tthis ");
        let input = [said("developer", "be brief"), question];
        assert_eq!(asked(&input).as_deref(), Some("what is this"));
        let long = asked(&[said("user", &"好".repeat(99))]);
        assert_eq!(long, Some("好".repeat(60)));
        let picture = json!({"role": "user", "content": [{"type": "input_image"}]});
        assert_eq!(asked(&[picture]), None);
    }
}
