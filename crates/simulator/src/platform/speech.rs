//! Speech: a short tone, or silence as long as the text, as the file that is asked for.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::keys::Key;
use super::models::Kind;
use crate::audio::sound;
use crate::ids;
use crate::reply::Reply;
use crate::responses::errors;

/// How many samples a second has: one channel, sixteen bits each.
const RATE: u32 = 24_000;
/// The bytes of a sample.
const SAMPLE: u16 = 2;
/// How long a tone is, in samples.
const SAMPLES: u32 = RATE / 5;

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
        Some("pcm") => ("audio/pcm", samples(text)),
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
    let samples = samples(text);
    let length = SAMPLES * u32::from(SAMPLE);
    let mut file = b"RIFF".to_vec();
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // Samples as they are, in one channel.
    file.extend(1_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * u32::from(SAMPLE)).to_le_bytes());
    file.extend(SAMPLE.to_le_bytes());
    file.extend((SAMPLE * 8).to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    file
}

/// The samples of such a file: a low tone whose pitch follows from the text.
pub(super) fn samples(text: &str) -> Vec<u8> {
    const LOUD: i16 = 2000;
    let half_period = 60 + u32::from(ids::digest(&["tone", text])[0]) / 4;
    let sample = |at: u32| {
        let is_up = (at / half_period).is_multiple_of(2);
        (if is_up { LOUD } else { -LOUD }).to_le_bytes()
    };
    (0..SAMPLES).flat_map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_as_long_as_it_says() {
        let file = wave("hello");
        assert_eq!(file.len(), 44 + samples("hello").len());
        assert_eq!(file[40..44], (9600_u32).to_le_bytes());
        assert_ne!(file, wave("something else"));
    }
}
