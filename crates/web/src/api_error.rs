//! An error reply in OpenAI's shape: the one way any face answers that something is wrong.

mod anthropic_shape;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use openai::error::{ErrorBody, ErrorObject, InvalidRequest};
use serde_json::{Map, Value};

/// `x-flowgpt-attempts`: how many attempts were made, the first included.
pub(crate) const ATTEMPTS: HeaderName = HeaderName::from_static("x-flowgpt-attempts");

/// The `type` of an error: whose business it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The request has to change.
    InvalidRequest,
    /// The credential has to change.
    Authentication,
    /// A limit was reached.
    RateLimit,
    /// ChatGPT could not or would not.
    Upstream,
    /// The gateway could not.
    Gateway,
}

impl ErrorClass {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request_error",
            Self::Authentication => "authentication_error",
            Self::RateLimit => "rate_limit_error",
            Self::Upstream => "upstream_error",
            Self::Gateway => "gateway_error",
        }
    }
}

/// An error reply.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    object: Box<ErrorObject>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// A reply with a word for programs and a sentence for people.
    pub fn new(
        status: StatusCode,
        class: ErrorClass,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let object = ErrorObject {
            message: message.into(),
            kind: class.name(),
            param: None,
            code: Some(code.into()),
            facts: Map::new(),
        };
        Self {
            status,
            object: Box::new(object),
            headers: Vec::new(),
        }
    }

    /// The reply to a method that a path does not take.
    pub fn method_not_allowed(method: &Method) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorClass::InvalidRequest,
            "method_not_allowed",
            format!("this path does not take {method}; the Allow header names what it takes"),
        )
    }

    /// Names the parameter at fault.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.object.param = Some(param.into());
        self
    }

    /// Adds a fact to the body.
    #[must_use]
    pub fn with_fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.object.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a header; a value no header can carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// States how many attempts were made.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        self.with_header(ATTEMPTS, &attempts.to_string())
    }

    /// The word for programs.
    pub fn code(&self) -> &str {
        self.object.code.as_deref().unwrap_or_default()
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.object.message
    }

    /// The parameter at fault.
    pub fn param(&self) -> Option<&str> {
        self.object.param.as_deref()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers that go with it.
    pub fn headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.headers.iter().map(|(name, value)| (name, value))
    }

    /// The body, also what a stream that fails ends with.
    pub fn to_json(&self) -> Vec<u8> {
        let body = ErrorBody {
            error: (*self.object).clone(),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl From<InvalidRequest> for ApiError {
    fn from(invalid: InvalidRequest) -> Self {
        let mut error = Self::new(
            StatusCode::BAD_REQUEST,
            ErrorClass::InvalidRequest,
            invalid.code.unwrap_or("invalid_request"),
            invalid.message,
        );
        error.object.param = invalid.param;
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.to_json().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}
