//! HTTP plumbing the faces share: who calls, what they sent, how they are answered.
//!
//! No route and no business of its own. Used by the faces.

mod api_error;
pub use api_error::{ApiError, ErrorClass};

pub mod request_id;

pub mod peer;

mod failure_reply;
pub use failure_reply::error_for;

pub mod caller_auth;

pub mod same_origin;

pub mod session_cookie;

pub mod throttle;

pub mod json_body;

pub mod multipart;
pub mod recording;

pub mod event_stream;

pub mod download_headers;
pub mod public_base;
pub mod signed_token;

pub mod kept_response;

/// A page that shows the `openapi.json` beside it to people, without the network.
pub const REFERENCE_PAGE: &str = include_str!("reference_page.html");
