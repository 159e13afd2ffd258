//! Reading messages out, and writing down what was said. The sound is silence, but carries the
//! digest of the text it stands for; a recording is transcribed by the mark it holds.

pub(crate) mod sound;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{Query, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;

use crate::conversation_request::text_of;
use crate::fields::Fields;
use crate::file_faults;
use crate::ids;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

type App = Shared<Arc<State>>;

/// The voices there are.
const VOICES: [&str; 10] = [
    "cove", "ember", "juniper", "breeze", "maple", "vale", "spruce", "sol", "arbor", "glimmer",
];

/// The largest recording that is transcribed, in bytes.
const LARGEST_RECORDING: usize = 25 * 1024 * 1024;

/// What stands before the text a recording is to be transcribed as; a zero byte ends it.
const MARK: &[u8] = b"simulate-say:";

/// `GET /backend-api/synthesize`.
pub(crate) async fn synthesize(
    Shared(state): App,
    caller: Caller,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Reply> {
    let mut fields = Fields::of_query(&query);
    let id = fields.text("conversation_id");
    let message_id = fields.text("message_id");
    fields.one_of("voice", &VOICES);
    let format = fields.one_of("format", &["aac", "mp3"]);
    fields.accept()?;
    let text = text_to_read(&state, &caller, &id, &message_id)?;
    if file_faults::in_text(&text) == "simulate-synthesize-error" {
        return Err(broken());
    }
    let digest = ids::digest_of(&text);
    let (content_type, sound) = match format.as_str() {
        "mp3" => ("audio/mpeg", sound::mp3(&digest, text.len())),
        _ => ("audio/aac", sound::aac(&digest, text.len())),
    };
    Ok(([(CONTENT_TYPE, content_type)], sound).into_response())
}

/// The text of a message that was said by the user or the model and can be seen.
fn text_to_read(
    state: &State,
    caller: &Caller,
    id: &str,
    message_id: &str,
) -> Result<String, Reply> {
    let conversations = state.conversations();
    let tree = conversations
        .of_account(id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(id))?;
    let message = tree.message(message_id).filter(|message| {
        let role = message["author"]["role"].as_str().unwrap_or_default();
        matches!(role, "assistant" | "user")
    });
    let message = message.ok_or_else(|| Reply::message_not_found(message_id))?;
    Ok(text_of(message))
}

/// `POST /backend-api/transcribe`.
pub(crate) async fn transcribe(
    caller: Caller,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Reply, Reply> {
    let mut form = form.map_err(|_| missing_file())?;
    let (name, recording) = recording(&mut form).await?;
    let fault = file_faults::asked_for(&name);
    if fault == "simulate-transcribe-429" || caller.limits.end_of("dictation").is_some() {
        return Err(Reply::coded(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            "You've hit your limit of dictation. Please try again later. (simulated)",
        ));
    }
    if fault == "simulate-transcribe-error" {
        return Err(broken());
    }
    let bytes = recording.len();
    let text = marked(&recording)
        .unwrap_or_else(|| format!("Simulated transcript of {name}, {bytes} bytes."));
    Ok(Reply::ok(&json!({"text": text})))
}

/// The file of a form: its name and content.
async fn recording(form: &mut Multipart) -> Result<(String, Bytes), Reply> {
    while let Some(mut field) = form.next_field().await.map_err(|error| bad_form(&error))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().ok_or_else(missing_file)?.to_owned();
        let mut content = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|error| bad_form(&error))? {
            if content.len() + piece.len() > LARGEST_RECORDING {
                return Err(Reply::detail(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "The recording is too large.",
                ));
            }
            content.extend_from_slice(&piece);
        }
        return Ok((name, Bytes::from(content)));
    }
    Err(missing_file())
}

/// The text a recording's mark names.
fn marked(recording: &[u8]) -> Option<String> {
    let start = recording
        .windows(MARK.len())
        .position(|window| window == MARK)?
        + MARK.len();
    let text = &recording[start..];
    let end = text.iter().position(|byte| *byte == 0)?;
    String::from_utf8(text[..end].to_vec()).ok()
}

fn missing_file() -> Reply {
    Reply::detail(
        StatusCode::UNPROCESSABLE_ENTITY,
        json!([{"loc": ["body", "file"], "msg": "field required", "type": "value_error.missing"}]),
    )
}

fn bad_form(error: &MultipartError) -> Reply {
    let message = format!("There was an error parsing the body: {error}");
    Reply::detail(StatusCode::BAD_REQUEST, message)
}

fn broken() -> Reply {
    Reply::detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_anywhere_and_must_end() {
        assert_eq!(
            marked(b"RIFF\0simulate-say:hello\0\x01").as_deref(),
            Some("hello")
        );
        assert_eq!(marked(b"simulate-say:\0").as_deref(), Some(""));
        for none in [&b"simulate-say:hello"[..], b"", b"simulate-say:\xff\0"] {
            assert_eq!(marked(none), None);
        }
    }
}
