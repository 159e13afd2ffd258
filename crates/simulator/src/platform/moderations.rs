//! Moderations: a text with one of a few words in it is flagged, any other is not.

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use super::keys::Key;
use super::models::Kind;
use crate::ids;
use crate::reply::Reply;
use crate::responses::body::texts;
use crate::responses::errors;

/// The categories, whether pictures have them, and the words that flag a text.
const CATEGORIES: [(&str, bool, &[&str]); 13] = [
    ("harassment", false, &["simulate:harassment"]),
    ("harassment/threatening", false, &[]),
    ("sexual", true, &["simulate:sexual"]),
    ("hate", false, &["simulate:hate"]),
    ("hate/threatening", false, &[]),
    ("illicit", false, &[]),
    ("illicit/violent", false, &[]),
    ("self-harm/intent", true, &[]),
    ("self-harm/instructions", true, &[]),
    ("self-harm", true, &[]),
    ("sexual/minors", false, &[]),
    ("violence", true, &["kill", "simulate:violence"]),
    ("violence/graphic", true, &[]),
];

/// `POST /v1/moderations`.
pub(super) async fn moderate(_: Key, body: Bytes) -> Result<Reply, Reply> {
    let body = super::object(&body)?;
    if !body["model"].is_null() {
        super::model(&body, Kind::Moderation)?;
    }
    let input = &body["input"];
    let texts = match input {
        Value::Null => return Err(errors::missing("input")),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            values.iter().flat_map(texts).collect()
        }
        parts => vec![texts(parts).join("\n")],
    };
    let results: Vec<Value> = texts.iter().map(|text| result(text)).collect();
    Ok(Reply::ok(&json!({
        "id": format!("modr-{}", ids::hex(&["moderation", &input.to_string()], 32)),
        "model": "omni-moderation-latest",
        "results": results,
    })))
}

fn result(text: &str) -> Value {
    let text = text.to_lowercase();
    let mut categories = Map::new();
    let mut scores = Map::new();
    let mut kinds = Map::new();
    for (name, of_pictures, words) in CATEGORIES {
        let is_flagged = words.iter().any(|word| text.contains(word));
        categories.insert(name.to_owned(), json!(is_flagged));
        scores.insert(
            name.to_owned(),
            json!(if is_flagged { 0.97 } else { 0.0001 }),
        );
        let applied: &[&str] = if of_pictures { &["text"] } else { &[] };
        kinds.insert(name.to_owned(), json!(applied));
    }
    let flagged = categories.values().any(|flag| *flag == true);
    json!({
        "flagged": flagged,
        "categories": categories,
        "category_scores": scores,
        "category_applied_input_types": kinds,
    })
}
