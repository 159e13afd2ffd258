//! A body that is handed through, with the little that is read of it: the model, and what is
//! counted.

use bytes::Bytes;
use openai::error::InvalidRequest;
use serde_json::{Map, Value};
use transcode::driver_kind::DriverKind;
use transcode::model_name;
use transcode::turn::{Speaker, Turn, TurnMessage};

/// Where texts stand that a model reads.
const TEXTS: [&str; 6] = ["input", "prompt", "suffix", "query", "documents", "text"];

/// Where a body says how long an answer may be.
const MAX_TOKENS: &str = "max_tokens";

/// A request that is handed through.
pub(super) struct PassedRequest {
    pub(super) route: &'static str,
    /// The driver that the model's name begins with.
    pub(super) driver: Option<DriverKind>,
    /// What is counted, and what the key has to allow.
    pub(super) turn: Turn,
    /// As it goes up.
    pub(super) body: Bytes,
}

impl PassedRequest {
    /// Reads a body; it stays as it is but for a driver's name before the model's.
    pub(super) fn read(route: &'static str, body: Bytes) -> Result<Self, InvalidRequest> {
        let members: Map<String, Value> = serde_json::from_slice(&body).map_err(|error| {
            InvalidRequest::body(format!("the body is not a JSON object: {error}"))
        })?;
        let name = match members.get("model") {
            None | Some(Value::Null) => "",
            Some(Value::String(name)) => name,
            Some(_) => {
                let message = "model: name a model";
                return Err(InvalidRequest::parameter("model", message));
            }
        };
        let (driver, model) = model_name::driver_named(name);
        let mut turn = Turn {
            model: model.to_owned(),
            ..Turn::default()
        };
        // Only an answer in words has tokens of its own.
        turn.limits.max_tokens = if route.ends_with("completions") {
            members.get(MAX_TOKENS).and_then(Value::as_u64)
        } else {
            Some(0)
        };
        let mut texts = Vec::new();
        for name in TEXTS {
            gather(members.get(name).unwrap_or(&Value::Null), &mut texts);
        }
        turn.messages = vec![TurnMessage::text(Speaker::User, texts.join("\n"))];
        let mut request = Self {
            route,
            driver,
            turn,
            body,
        };
        if driver.is_some() {
            let model = request.turn.model.clone();
            request.set("model", model.into());
        }
        Ok(request)
    }

    /// Keeps an answer in words to what the key has set aside for it.
    pub(super) fn limit_answer(&mut self, most: Option<u64>) {
        let asked = self.turn.limits.max_tokens;
        if let Some(most) = most.filter(|most| asked.is_none_or(|asked| asked > *most)) {
            self.set(MAX_TOKENS, most.into());
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        let members: Option<Map<String, Value>> = serde_json::from_slice(&self.body).ok();
        if let Some(mut members) = members {
            members.insert(name.to_owned(), value);
            self.body = Value::Object(members).to_string().into();
        }
    }
}

/// All texts in a value.
fn gather<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|it| gather(it, texts)),
        Value::Object(members) => members.values().for_each(|it| gather(it, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use transcode::driver_kind::DriverKind;

    use super::PassedRequest;

    fn read(route: &'static str, body: &Value) -> PassedRequest {
        PassedRequest::read(route, body.to_string().into()).unwrap()
    }

    #[test]
    fn a_body_stays_as_it_is_but_for_the_name_of_a_driver() {
        let body = json!({"model": "m", "input": ["a", {"text": "b"}], "odd": 1});
        let request = read("/v1/embeddings", &body);
        assert_eq!(&request.body[..], body.to_string().as_bytes());
        assert_eq!(request.turn.messages[0].joined_text(), "a\nb");
        let named = read("/v1/embeddings", &json!({"model": "platform/m", "odd": 1}));
        assert_eq!(
            (named.driver, &*named.turn.model),
            (Some(DriverKind::Platform), "m")
        );
        let sent: Value = serde_json::from_slice(&named.body).unwrap();
        assert_eq!(sent, json!({"model": "m", "odd": 1}));
    }

    #[test]
    fn an_answer_in_words_is_kept_to_what_is_set_aside() {
        for (asked, sent) in [(json!(null), 20), (json!(50), 20), (json!(5), 5)] {
            let mut request = read(
                "/v1/completions",
                &json!({"model": "m", "max_tokens": asked}),
            );
            request.limit_answer(Some(20));
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            assert_eq!(body["max_tokens"], sent);
        }
        let mut request = read("/v1/embeddings", &json!({"model": "m"}));
        assert_eq!(request.turn.limits.max_tokens, Some(0));
        request.limit_answer(Some(0));
        assert_eq!(&request.body[..], br#"{"model":"m"}"#);
    }
}
