//! `POST /api/pictures`: a picture that an answer shows by its address, fetched here, so that the
//! server it is on learns nothing of who looks at it.
//!
//! The pages ask only when somebody wants to see it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Deserialize;
use transcode::attachment_type::{self, Claim, HEAD_BYTES};
use transcode::turn::{AttachmentKind, ImageDetail};
use web::{ApiError, ErrorClass};

use crate::Site;
use crate::body::{self, invalid};
use crate::owner::owner;

/// Should somebody open it as a page, nothing in it runs.
const POLICY: &str = "default-src 'none'; sandbox";

#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    url: String,
}

pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    owner(&site, &headers).await?;
    let asked: Asked = body::read(&headers, body).await?;
    let fetched = site.parts.fetcher.fetch(&asked.url).await;
    let bytes = fetched
        .map_err(|error| unavailable(&error.to_string()))?
        .bytes;
    let mime = picture_type(&bytes)?;
    let about: [(HeaderName, &str); 2] = [
        (header::CONTENT_TYPE, &mime),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((about, bytes).into_response())
}

/// What the bytes are; whatever the server says of them does not count.
fn picture_type(bytes: &Bytes) -> Result<String, ApiError> {
    let claim = Claim {
        kind: AttachmentKind::Image(ImageDetail::default()),
        mime: None,
        name: None,
        size: bytes.len() as u64,
    };
    let head = bytes.slice(..bytes.len().min(HEAD_BYTES));
    let identified = attachment_type::identify(&head, claim);
    let identified = identified.map_err(|unfit| invalid(unfit.to_string()).with_param("url"))?;
    Ok(identified.mime)
}

fn unavailable(message: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        "file_unavailable",
        message,
    )
    .with_param("url")
}
