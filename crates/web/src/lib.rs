//! HTTP plumbing the faces share: who calls, what they sent, how they are answered.
//!
//! No route and no business of its own. Used by `api` and `admin`.

mod api_error;
pub use api_error::{ApiError, ErrorClass};

pub mod request_id;

mod failure_reply;

pub mod caller_auth;

pub mod json_body;

pub mod multipart;

pub mod event_stream;

/// A page that shows the `openapi.json` beside it to people, without the network.
pub const REFERENCE_PAGE: &str = include_str!("reference_page.html");
