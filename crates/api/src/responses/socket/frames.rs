//! Events and errors as messages: JSON without a frame around it, and with what else a socket
//! says of each.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use transcode::reply::response_told::Written;
use web::ApiError;

use crate::responses::create::Told;
use crate::responses::memory::Lane;

/// Writes the messages of one response.
pub(super) struct Frames {
    /// What would be headers of a reply, for its first message.
    about: Option<HeaderMap>,
    lane: Lane,
}

impl Frames {
    pub(super) fn new(about: HeaderMap, lane: Lane) -> Self {
        let about = Some(about).filter(|it| !it.is_empty());
        Self { about, lane }
    }

    /// What is told at once, each event a message.
    pub(super) fn texts(&mut self, told: Told) -> Vec<String> {
        let Told { events, error } = told;
        let texts = events.into_iter().map(|event| {
            if event.name == "error" {
                return self.broken(&event, error.as_ref());
            }
            // JSON is always UTF-8.
            let mut text = String::from_utf8(event.json).unwrap_or_default();
            if let Some(about) = self.about.take() {
                add(&mut text, "headers", &headers(about.iter()));
            }
            if let Some(lane) = &self.lane {
                add(&mut text, "stream_id", &lane.as_ref().into());
            }
            text
        });
        texts.collect()
    }

    /// What went wrong in the middle of an answer, with its place among the events.
    fn broken(&self, event: &Written, error: Option<&ApiError>) -> String {
        let flat: Value = serde_json::from_slice(&event.json).unwrap_or_default();
        let mut said = match error {
            Some(error) => error_event(error),
            None => json!({"type": "error", "error": {
                "type": "server_error",
                "code": flat["code"],
                "message": flat["message"],
                "param": flat["param"],
            }}),
        };
        said["sequence_number"] = flat["sequence_number"].clone();
        with_lane(said, &self.lane)
    }
}

/// A request that cannot be served; the connection stays.
pub(super) fn refusal(error: &ApiError, lane: &Lane) -> String {
    with_lane(error_event(error), lane)
}

fn error_event(error: &ApiError) -> Value {
    let mut body: Value = serde_json::from_slice(&error.to_json()).unwrap_or_default();
    let mut object = body["error"].take();
    let about = headers(error.headers());
    if about.as_object().is_some_and(|it| !it.is_empty()) {
        object["headers"] = about;
    }
    json!({"type": "error", "status": error.status().as_u16(), "error": object})
}

fn with_lane(mut event: Value, lane: &Lane) -> String {
    if let Some(lane) = lane {
        event["stream_id"] = lane.as_ref().into();
    }
    event.to_string()
}

fn headers<'a>(all: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>) -> Value {
    let readable = all.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.into()))
    });
    Value::Object(readable.collect::<Map<_, _>>())
}

/// Adds a member at the end of an object that is written already.
fn add(object: &mut String, name: &str, value: &Value) {
    if object.pop() == Some('}') {
        for piece in [",\"", name, "\":", &value.to_string(), "}"] {
            object.push_str(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use serde_json::{Value, json};
    use transcode::reply::response_told::Written;
    use web::{ApiError, ErrorClass};

    use super::{Frames, refusal};
    use crate::responses::create::Told;

    fn told(name: &'static str, json: &Value, error: Option<ApiError>) -> Told {
        let json = json.to_string().into_bytes();
        let name = name.into();
        Told {
            events: vec![Written { name, json }],
            error,
        }
    }

    fn error() -> ApiError {
        ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorClass::RateLimit,
            "slow",
            "Slow down.",
        )
        .with_header(http::header::RETRY_AFTER, "7")
    }

    fn read(texts: &[String]) -> Value {
        serde_json::from_str(&texts[0]).unwrap()
    }

    #[test]
    fn the_first_event_has_the_headers_and_every_event_its_lane() {
        let mut about = HeaderMap::new();
        about.insert("x-flowgpt-driver", "web".parse().unwrap());
        let mut frames = Frames::new(about, Some("a".into()));
        let event = json!({"type": "response.created"});
        assert_eq!(
            read(&frames.texts(told("response.created", &event, None))),
            json!({"type": "response.created", "headers": {"x-flowgpt-driver": "web"},
                   "stream_id": "a"})
        );
        assert_eq!(
            read(&frames.texts(told("response.created", &event, None))),
            json!({"type": "response.created", "stream_id": "a"})
        );
        let mut plain = Frames::new(HeaderMap::new(), None);
        assert_eq!(
            read(&plain.texts(told("response.created", &event, None))),
            event
        );
    }

    #[test]
    fn an_error_has_its_status_its_headers_and_its_number() {
        let object = json!({"type": "rate_limit_error", "code": "slow", "message": "Slow down.",
                            "param": null, "headers": {"retry-after": "7"}});
        let refused: Value = serde_json::from_str(&refusal(&error(), &None)).unwrap();
        assert_eq!(
            refused,
            json!({"type": "error", "status": 429, "error": object})
        );
        let flat = json!({"type": "error", "sequence_number": 3, "code": "slow",
                          "message": "Slow down.", "param": null});
        let mut frames = Frames::new(HeaderMap::new(), Some("a".into()));
        assert_eq!(
            read(&frames.texts(told("error", &flat, Some(error())))),
            json!({"type": "error", "status": 429, "error": object, "sequence_number": 3,
                   "stream_id": "a"})
        );
        let watched = read(&frames.texts(told("error", &flat, None)));
        assert_eq!(watched["error"]["code"], "slow");
        assert_eq!(watched["sequence_number"], 3);
    }
}
