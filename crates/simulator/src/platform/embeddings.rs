//! Embeddings: vectors of length one that follow from the text, the same for the same text.

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::keys::Key;
use super::models::Kind;
use crate::ids;
use crate::reply::Reply;
use crate::responses::{errors, usage};

/// `POST /v1/embeddings`.
pub(super) async fn embed(_: Key, body: Bytes) -> Result<Reply, Reply> {
    let body = super::object(&body)?;
    let model = super::model(&body, Kind::Embedding)?;
    let texts = texts(&body["input"])?;
    let whole = if model.ends_with("large") { 3072 } else { 1536 };
    let length = match &body["dimensions"] {
        Value::Null => whole,
        wanted => usize::try_from(wanted.as_u64().unwrap_or_default()).unwrap_or_default(),
    };
    if !(1..=whole).contains(&length) {
        return Err(errors::wrong_value(
            "dimensions",
            &body["dimensions"],
            &["1 and more"],
        ));
    }
    let is_base64 = body["encoding_format"] == "base64";
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, length);
            let embedding = if is_base64 {
                json!(packed(&vector))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let tokens: usize = texts.iter().map(|text| usage::tokens(text).max(1)).sum();
    Ok(Reply::ok(&json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    })))
}

/// The texts of an input: one or several, also as numbers of tokens.
fn texts(input: &Value) -> Result<Vec<String>, Reply> {
    let texts = match input {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) if values.iter().all(Value::is_u64) => vec![input.to_string()],
        Value::Array(values) => values
            .iter()
            .map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
            .collect(),
        Value::Null => return Err(errors::missing("input")),
        _ => return Err(errors::wrong_type("input", "a string or an array")),
    };
    if texts.is_empty() || texts.iter().any(|text| text.is_empty() || text == "[]") {
        return Err(errors::invalid(
            None,
            Some("input"),
            "'$.input' is invalid.",
        ));
    }
    Ok(texts)
}

fn vector(text: &str, length: usize) -> Vec<f32> {
    let blocks =
        (0..length.div_ceil(32)).flat_map(|block| ids::digest(&[text, &block.to_string()]));
    let values = blocks.take(length).map(|byte| f32::from(byte) - 127.5);
    let values: Vec<f32> = values.collect();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.into_iter().map(|value| value / norm).collect()
}

fn packed(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    STANDARD.encode(bytes)
}
