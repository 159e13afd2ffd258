//! A caller's own body of Chat Completions, with only what must change before it goes up.
//!
//! Called by `upstream`'s platform driver, which answers with the chunks as they come.

use serde_json::{Map, Value, json};

/// The body to send for `native`: streamed, and with the usage at the end.
pub fn chat_native(native: &Map<String, Value>, model: &str) -> Map<String, Value> {
    let mut body = native.clone();
    body.insert("model".into(), model.into());
    body.insert("stream".into(), true.into());
    match body.get_mut("stream_options") {
        Some(Value::Object(options)) => {
            options.insert("include_usage".into(), true.into());
        }
        _ => {
            body.insert("stream_options".into(), json!({"include_usage": true}));
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::chat_native;

    #[test]
    fn the_unknown_survives_and_usage_is_asked_for() {
        let body = json!({"model": "m", "stream": false, "top_k": 7, "messages": [],
                          "stream_options": {"x": 1}});
        assert_eq!(
            serde_json::Value::from(chat_native(body.as_object().unwrap(), "n")),
            json!({"model": "n", "stream": true, "top_k": 7, "messages": [],
                   "stream_options": {"x": 1, "include_usage": true}})
        );
    }
}
