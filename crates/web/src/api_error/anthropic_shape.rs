//! The same error in Anthropic's shape, with Anthropic's statuses.
//!
//! The gateway's own word and facts are in `error.details`, the word as `error_code`. Called by
//! the Messages face.

use anthropic::error::{ErrorBody, ErrorObject, kind_of};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::ApiError;

/// What Anthropic answers when it has too much to do.
const OVERLOADED: u16 = 529;

/// What agents look for to make their prompt shorter and go on.
const TOO_LONG: &str = "prompt is too long";

impl ApiError {
    /// The body, also what a stream that fails ends with.
    pub fn to_anthropic_json(&self, request_id: Option<&str>) -> Vec<u8> {
        let mut details = self.object.facts.clone();
        details.insert("error_code".to_owned(), self.code().into());
        if let Some(param) = &self.object.param {
            details.insert("param".to_owned(), param.as_str().into());
        }
        let longer;
        let message = if self.code() == "context_length_exceeded" {
            longer = format!("{TOO_LONG}: {}", self.object.message);
            &longer
        } else {
            &self.object.message
        };
        let body = ErrorBody {
            kind: "error",
            error: ErrorObject {
                kind: kind_of(self.anthropic_status().as_u16()),
                message,
                details,
            },
            request_id,
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// The reply.
    pub fn into_anthropic_response(self, request_id: Option<&str>) -> Response {
        let body = self.to_anthropic_json(request_id);
        let status = self.anthropic_status();
        let mut response = self.into_response();
        *response.status_mut() = status;
        *response.body_mut() = body.into();
        response
    }

    fn anthropic_status(&self) -> StatusCode {
        match self.code() {
            "upstream_overloaded" | "accounts_busy" => {
                StatusCode::from_u16(OVERLOADED).unwrap_or(self.status)
            }
            "context_length_exceeded" => StatusCode::BAD_REQUEST,
            _ => self.status,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::{ApiError, ErrorClass};

    fn shaped(status: StatusCode, code: &str) -> (u16, String) {
        let error = ApiError::new(status, ErrorClass::Upstream, code, "Oh.")
            .with_param("messages.0")
            .with_fact("retryable", false);
        let body = String::from_utf8(error.to_anthropic_json(Some("req_1"))).unwrap();
        (error.into_anthropic_response(None).status().as_u16(), body)
    }

    #[test]
    fn codes_and_facts_are_details() {
        let (status, body) = shaped(StatusCode::FORBIDDEN, "account_forbidden");
        assert_eq!(status, 403);
        assert_eq!(
            body,
            r#"{"type":"error","error":{"type":"permission_error","message":"Oh.","details":{"retryable":false,"error_code":"account_forbidden","param":"messages.0"}},"request_id":"req_1"}"#
        );
    }

    #[test]
    fn statuses_and_words_are_those_that_agents_know() {
        let (status, body) = shaped(StatusCode::SERVICE_UNAVAILABLE, "upstream_overloaded");
        assert_eq!(status, 529);
        assert!(body.contains("overloaded_error"), "{body}");
        let (status, body) = shaped(StatusCode::PAYLOAD_TOO_LARGE, "context_length_exceeded");
        assert_eq!(status, 400);
        assert!(body.contains("\"prompt is too long: Oh.\""), "{body}");
        let (status, body) = shaped(StatusCode::PAYLOAD_TOO_LARGE, "request_too_large");
        assert_eq!(status, 413);
        assert!(body.contains("\"request_too_large\""), "{body}");
    }
}
