//! Pages of the official interface, as a browser that is signed in by a session sees them.
//!
//! A page is asked for without a token: those are for requests. Its cookies are the account's own
//! and none of a visitor's. Called by the driver.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use secrecy::ExposeSecret;

use super::call::Call;
use crate::exchange::secret_value;
use crate::failure::{Failure, FailureKind, Retry};
use crate::response::content_type;

/// What the router of pages is told in headers: that an answer is its own, and that the page is of
/// a build that is gone and has to be loaded anew.
const ROUTER: [&str; 2] = ["x-remix-response", "x-remix-reload-document"];

/// No page is larger.
const MAX_PAGE_BYTES: usize = 8 << 20;

/// A page, or data of one.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// What it says it is, in lower case.
    pub content_type: String,
    /// Where it sends the browser instead.
    pub location: Option<String>,
    /// What the page's router is told.
    pub router: HeaderMap,
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether it was asked for with a session.
    pub is_signed_in: bool,
}

/// Fetches a page by its path and query.
pub(super) async fn fetch(call: &Call, path: &str, accept: &str) -> Result<Page, Failure> {
    let session = call.credential.session();
    let mut cookies = format!("oai-did={}", call.credential.device_id());
    if let Some(session) = session {
        cookies.push_str("; ");
        cookies.push_str(&chatgpt::session_cookie::header(session.expose_secret()));
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, secret_value(&cookies)?);
    let accept = HeaderValue::from_str(accept);
    headers.insert(
        header::ACCEPT,
        accept.unwrap_or(HeaderValue::from_static("text/html")),
    );
    let response = call.page(Method::GET, path, headers).await?;
    let status = response.status();
    let location = response.headers().get(header::LOCATION);
    let location = location.and_then(|it| it.to_str().ok()).map(str::to_owned);
    let told = ROUTER.map(HeaderName::from_static).into_iter();
    let told = told.filter_map(|it| Some((it.clone(), response.headers().get(it)?.clone())));
    let router: HeaderMap = told.collect();
    let content_type = content_type(&response);
    let bytes = call.read_page(response, MAX_PAGE_BYTES).await?;
    if bytes.len() >= MAX_PAGE_BYTES {
        return Err(Failure::new(
            FailureKind::BadContent,
            Retry::Never,
            "upstream's page is larger than the gateway reads",
        ));
    }
    Ok(Page {
        status,
        content_type,
        location,
        router,
        bytes,
        is_signed_in: session.is_some(),
    })
}
