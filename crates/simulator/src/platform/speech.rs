//! Speech: a short tone, or silence as long as the text, as the file that is asked for.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::keys::Key;
use super::models::Kind;
use crate::artifacts;
use crate::audio::sound;
use crate::ids;
use crate::reply::Reply;
use crate::responses::errors;

/// The bytes before the samples of a WAV file.
const WAVE_HEADER: usize = 44;

/// `POST /v1/audio/speech`.
pub(super) async fn speak(_: Key, body: Bytes) -> Result<Response, Reply> {
    let body = super::object(&body)?;
    super::model(&body, Kind::Speech)?;
    let text = body["input"]
        .as_str()
        .ok_or_else(|| errors::missing("input"))?;
    if body["voice"].is_null() {
        return Err(errors::missing("voice"));
    }
    let digest = ids::digest_of(text);
    let (kind, bytes) = match body["response_format"].as_str() {
        None | Some("mp3") => ("audio/mpeg", sound::mp3(&digest, text.chars().count())),
        Some("aac") => ("audio/aac", sound::aac(&digest, text.chars().count())),
        Some("wav") => ("audio/wav", wave(text)),
        Some("pcm") => ("audio/pcm", wave(text).split_off(WAVE_HEADER)),
        Some(other) => {
            let known = ["mp3", "aac", "wav", "pcm"];
            return Err(errors::wrong_value(
                "response_format",
                &Value::from(other),
                &known,
            ));
        }
    };
    let mut response = Response::new(Body::from(bytes));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

/// A short WAV file.
pub(super) fn wave(text: &str) -> Vec<u8> {
    let artifact = artifacts::sound(&artifacts::sound_id(&["speech", text]));
    let bytes = artifact.map(|artifact| artifact.pieces(0..artifact.size).flatten().collect());
    bytes.unwrap_or_default()
}
