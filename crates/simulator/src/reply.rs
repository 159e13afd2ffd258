//! A whole reply that is not a stream: its status, its headers and its text. Every route and every
//! fault answers with one; the router turns it into a response.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

/// A reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// A JSON reply.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string(),
        }
    }

    /// A JSON reply that went well.
    pub(crate) fn ok(body: &Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A reply that calls itself JSON and is something else.
    pub(crate) fn broken_json(status: StatusCode, body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ..Self::json(status, &Value::Null)
        }
    }

    /// Sends a browser elsewhere, to look at what is there.
    pub(crate) fn see_other(location: String) -> Self {
        Self::html(StatusCode::SEE_OTHER, "See other").with("location", location)
    }

    /// The reply to one who has the newest already.
    pub(crate) fn not_modified() -> Self {
        Self {
            status: StatusCode::NOT_MODIFIED,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// An error in upstream's form: everything under `detail`.
    pub(crate) fn detail(status: StatusCode, detail: impl Into<Value>) -> Self {
        let detail: Value = detail.into();
        Self::json(status, &json!({ "detail": detail }))
    }

    /// An HTML page.
    pub(crate) fn html(status: StatusCode, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/html; charset=UTF-8".to_owned())],
            body: body.into(),
        }
    }

    /// An error of the store that holds the files, which is not upstream's own.
    pub(crate) fn blob_error(status: StatusCode, code: &str, message: &str) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", "application/xml".to_owned()),
                ("x-ms-error-code", code.to_owned()),
            ],
            body: format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code>\
                 <Message>{message}</Message></Error>"
            ),
        }
    }

    /// A failure that is told in a reply that went well, as the file routes do.
    pub(crate) fn failed(code: &str, message: &str) -> Self {
        Self::ok(&json!({
            "status": "error",
            "error_code": code,
            "error_type": "invalid_request_error",
            "error_message": message,
        }))
    }

    /// The same reply with one header more.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal whose reason has a code.
    pub(crate) fn coded(status: StatusCode, code: &str, message: &str) -> Self {
        Self::detail(status, json!({"code": code, "message": message}))
    }

    /// What upstream answers for a file that is not there, or not the caller's.
    pub(crate) fn file_not_found(id: &str) -> Self {
        let message = format!("File {id} not found");
        Self::coded(StatusCode::NOT_FOUND, "file_not_found", &message)
    }

    /// What upstream answers for a message that is not in its conversation.
    pub(crate) fn message_not_found(id: &str) -> Self {
        let message = format!("Message {id} not found");
        Self::coded(StatusCode::NOT_FOUND, "message_not_found", &message)
    }

    /// The reply's status.
    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What upstream answers where there is nothing.
    pub(crate) fn not_found() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Not Found")
    }

    /// What upstream answers to a method a path does not have.
    pub(crate) fn method_not_allowed() -> Self {
        Self::detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    /// What upstream answers when its checks are not satisfied.
    pub(crate) fn unusual_activity() -> Self {
        Self::detail(
            StatusCode::FORBIDDEN,
            "Unusual activity has been detected from your device. Try again later. (simulated)",
        )
    }

    /// What upstream answers for a conversation that is not there, or not the caller's.
    pub(crate) fn conversation_not_found(id: &str) -> Self {
        Self::detail(
            StatusCode::NOT_FOUND,
            json!({
                "message": format!("Can't load conversation {id}"),
                "code": "conversation_not_found",
            }),
        )
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(axum::body::Body::from(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response
                    .headers_mut()
                    .append(HeaderName::from_static(name), value);
            }
        }
        debug_assert!(
            response.headers().contains_key(CONTENT_TYPE)
                || self.status == StatusCode::NOT_MODIFIED
        );
        response
    }
}
