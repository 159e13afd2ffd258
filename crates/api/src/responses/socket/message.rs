//! What a caller says over a socket: `response.create` with the body of `POST /v1/responses`, and
//! with words that only a socket has.

use std::sync::Arc;

use http::StatusCode;
use openai::error::InvalidRequest;
use serde_json::{Map, Value, json};
use web::{ApiError, ErrorClass};

use crate::responses::memory::Lane;

const CREATE: &str = "response.create";
const STEER: &str = "response.steer";

/// No name of a lane is longer.
const MAX_LANE_BYTES: usize = 256;

/// A message that was understood.
#[derive(Debug)]
pub(super) enum Received {
    /// A response is to be made.
    Create(Create),
    /// More is said to one that is being made, which no driver can take; the answer to that.
    Steer(String),
}

/// A response that is to be made.
#[derive(Debug)]
pub(super) struct Create {
    /// `stream_id`
    pub(super) lane: Lane,
    /// `generate`: whether the model is asked at all.
    pub(super) generates: bool,
    /// As `POST /v1/responses` takes it.
    pub(super) body: Vec<u8>,
}

/// Reads a message; what is wrong with it is said to its lane.
pub(super) fn read(message: &[u8]) -> Result<Received, (Lane, ApiError)> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(message) else {
        let error = refused("invalid_json", "a message is a JSON object with a \"type\"");
        return Err((None, error));
    };
    let lane = lane(members.remove("stream_id")).map_err(|error| (None, error))?;
    match members.remove("type").as_ref().and_then(Value::as_str) {
        Some(CREATE) => create(lane.clone(), members)
            .map(Received::Create)
            .map_err(|invalid| (lane, invalid.into())),
        Some(STEER) => Ok(Received::Steer(not_steered(&lane, &members))),
        _ => {
            let message = "type: send \"response.create\"";
            Err((
                lane,
                refused("unknown_event_type", message).with_param("type"),
            ))
        }
    }
}

/// The body stands beside the type, or in `response`.
fn create(lane: Lane, mut members: Map<String, Value>) -> Result<Create, InvalidRequest> {
    if let Some(Value::Object(body)) = members.remove("response") {
        members.extend(body);
    }
    let generates = match members.remove("generate") {
        None | Some(Value::Null) => true,
        Some(Value::Bool(generates)) => generates,
        Some(_) => {
            let message = "generate: send true or false";
            return Err(InvalidRequest::parameter("generate", message));
        }
    };
    // There is no other way to answer.
    members.insert("stream".to_owned(), true.into());
    Ok(Create {
        lane,
        generates,
        body: Value::Object(members).to_string().into_bytes(),
    })
}

fn lane(named: Option<Value>) -> Result<Lane, ApiError> {
    let is_fine = |name: &str| {
        let is_allowed = |it: u8| it.is_ascii_alphanumeric() || b"_-.".contains(&it);
        (1..=MAX_LANE_BYTES).contains(&name.len()) && name.bytes().all(is_allowed)
    };
    match named {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if is_fine(&name) => Ok(Some(Arc::from(name))),
        Some(_) => {
            let message = "stream_id: 1 to 256 letters, digits, \"_\", \"-\" and \".\"";
            Err(refused("invalid_stream_id", message).with_param("stream_id"))
        }
    }
}

fn not_steered(lane: &Lane, members: &Map<String, Value>) -> String {
    let mut event = json!({
        "type": "response.steer.failed",
        "sequence_number": 0,
        "error": {
            "type": "invalid_request_error",
            "code": "steering_not_supported",
            "message": "a response that is being made takes no more input; wait until it is over",
        },
        "steer": {
            "input": members.get("input"),
            "previous_response_id": members.get("previous_response_id"),
        },
    });
    if let Some(lane) = lane {
        event["stream_id"] = lane.as_ref().into();
    }
    event.to_string()
}

fn refused(code: &str, message: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        code,
        message,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Create, Received, read};

    fn created(message: &Value) -> Create {
        match read(message.to_string().as_bytes()) {
            Ok(Received::Create(create)) => create,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_beside_the_type_or_in_response_is_that_of_a_post() {
        for message in [
            json!({"type": "response.create", "model": "m", "stream_id": "a.b", "generate": false}),
            json!({"type": "response.create", "response": {"model": "m", "generate": false},
                   "stream_id": "a.b"}),
        ] {
            let create = created(&message);
            assert_eq!(
                (create.lane.as_deref(), create.generates),
                (Some("a.b"), false)
            );
            let body: Value = serde_json::from_slice(&create.body).unwrap();
            assert_eq!(body, json!({"model": "m", "stream": true}));
        }
        assert!(created(&json!({"type": "response.create", "stream_id": null})).generates);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_lane() {
        let long = "x".repeat(257);
        for (message, code, lane) in [
            ("{".to_owned(), "invalid_json", None),
            ("[]".to_owned(), "invalid_json", None),
            (
                json!({"stream_id": "a"}).to_string(),
                "unknown_event_type",
                Some("a"),
            ),
            (
                json!({"type": "session.update"}).to_string(),
                "unknown_event_type",
                None,
            ),
            (
                json!({"type": "response.create", "stream_id": ""}).to_string(),
                "invalid_stream_id",
                None,
            ),
            (
                json!({"type": "response.create", "stream_id": "a b"}).to_string(),
                "invalid_stream_id",
                None,
            ),
            (
                json!({"type": "response.create", "stream_id": long}).to_string(),
                "invalid_stream_id",
                None,
            ),
            (
                json!({"type": "response.create", "generate": 1}).to_string(),
                "invalid_value",
                None,
            ),
        ] {
            let (at, error) = read(message.as_bytes()).unwrap_err();
            assert_eq!((error.code(), at.as_deref()), (code, lane), "{message}");
        }
    }

    #[test]
    fn steering_is_answered_with_its_input() {
        let message = json!({"type": "response.steer", "stream_id": "a", "input": "more",
                             "previous_response_id": "resp_1"});
        let Ok(Received::Steer(answer)) = read(message.to_string().as_bytes()) else {
            panic!("it was not read");
        };
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["error"]["code"], "steering_not_supported");
        assert_eq!(answer["steer"]["input"], "more");
        assert_eq!(answer["stream_id"], "a");
    }
}
