//! The pages of the web chat and of the admin, as they were built into the program.
//!
//! Files with a digest in their names never change; the pages that name them are looked at anew
//! every time. What gains by it was compressed when the program was built.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::{Embed, EmbeddedFile};
use web::{ApiError, ErrorClass};

/// Whether the program has pages at all: `FLOWGPT_UI` was not `off` when it was built.
pub const HAS_PAGES: bool = matches!(env!("FLOWGPT_UI_PAGES").as_bytes(), b"on");

const CHAT: &str = "index.html";
const ADMIN: &str = "admin.html";

/// What runs in the pages, and whom they talk to: this server, and nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src-elem 'self'; \
     style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What previews of pages and diagrams are drawn in. It runs what an answer brings, so it has no
/// origin, and lets nothing in or out; where it may be led to, the page around it says.
const FRAME: &str = "frame.html";

const FRAME_POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; \
     style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts";

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Its name holds a digest of it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// It is asked about every time.
const ASK: &str = "no-cache";

#[derive(Embed)]
#[folder = "$OUT_DIR/ui"]
struct Built;

/// The files of the pages.
#[derive(Debug, Clone)]
pub struct FrontEnd {
    find: fn(&str) -> Option<EmbeddedFile>,
    names: Arc<[String]>,
    is_without_chat: bool,
}

impl FrontEnd {
    /// What was built into the program.
    pub fn built() -> Self {
        Self::of::<Built>()
    }

    /// The files of a folder that was embedded.
    pub fn of<E: Embed>() -> Self {
        Self {
            find: E::get,
            names: E::iter().map(Cow::into_owned).collect(),
            is_without_chat: false,
        }
    }

    /// The same without the web chat.
    pub(crate) fn without_chat(&self) -> Self {
        Self {
            is_without_chat: true,
            ..self.clone()
        }
    }

    /// Whether the web chat is there.
    pub(crate) fn has_chat(&self) -> bool {
        !self.is_without_chat && self.has(CHAT)
    }

    /// Whether the admin's pages are there.
    pub(crate) fn has_admin(&self) -> bool {
        self.has(ADMIN)
    }

    /// The page of the web chat.
    pub(crate) fn chat(&self, headers: &HeaderMap) -> Response {
        self.serve(CHAT, headers, ASK)
    }

    /// The files, and the addresses that the pages themselves make something of.
    pub fn routes(&self) -> Router {
        let mut router = Router::new();
        if self.has_chat() {
            for path in [
                "/c/{id}",
                "/g/{gizmo}",
                "/temporary",
                "/archive",
                "/settings",
                "/settings/{*rest}",
            ] {
                let pages = self.clone();
                router = router.route(path, get(async move |it: HeaderMap| pages.chat(&it)));
            }
        }
        if self.has_admin() {
            for path in ["/admin", "/admin/{*rest}"] {
                let pages = self.clone();
                let page = async move |method: Method, uri: Uri, headers: HeaderMap| {
                    pages.admin(&method, uri.path(), &headers)
                };
                router = router.route(path, any(page));
            }
        }
        for name in self.names.iter().filter(|it| is_at_the_top(it)) {
            let (pages, name) = (self.clone(), name.clone());
            router = router.route(
                &format!("/{name}"),
                get(async move |it: HeaderMap| pages.serve(&name, &it, ASK)),
            );
        }
        let pages = self.clone();
        let asset = async move |Path(path): Path<String>, headers: HeaderMap| {
            pages.serve(&format!("assets/{path}"), &headers, FOR_EVER)
        };
        router.route("/assets/{*path}", get(asset))
    }

    /// A page of the admin; what belongs to its API is no page.
    fn admin(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response {
        let is_page = matches!(*method, Method::GET | Method::HEAD);
        match path.split('/').nth(2) {
            Some("api" | "tokens") => nothing(),
            _ if !is_page => nothing(),
            _ => self.serve(ADMIN, headers, ASK),
        }
    }

    fn serve(&self, name: &str, headers: &HeaderMap, caching: &'static str) -> Response {
        // Packed files are no files of their own.
        let is_packed = |end: &str| {
            let whole = name.strip_suffix(end);
            whole.is_some_and(|whole| self.has(whole))
        };
        if is_packed(".br") || is_packed(".gz") {
            return nothing();
        }
        let packed = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|it| {
            let (coding, end) = it;
            let file = accepts(headers, coding).then(|| (self.find)(&format!("{name}.{end}")));
            Some((Some(coding), file??))
        });
        let found = packed.or_else(|| Some((None, (self.find)(name)?)));
        let Some((coding, file)) = found else {
            return nothing();
        };
        let tag = URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..16]);
        let tag = format!("\"{tag}\"");
        let is_known = headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|it| it.to_str().ok())
            .flat_map(|it| it.split(','))
            .any(|it| it.trim().trim_start_matches("W/") == tag);
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(file.data).into_response()
        };
        let kind = kind(name);
        let policy = if name == FRAME { FRAME_POLICY } else { POLICY };
        let written = response.headers_mut();
        for (header, value) in [
            (header::CONTENT_TYPE, kind.as_str()),
            (header::CACHE_CONTROL, caching),
            (header::ETAG, tag.as_str()),
            (header::VARY, "accept-encoding"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (OPENER, "same-origin"),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                written.insert(header, value);
            }
        }
        if name.starts_with("assets/") {
            // A frame without an origin loads its scripts as a stranger does; they are no secret.
            let anyone = HeaderValue::from_static("*");
            written.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
        }
        if let Some(coding) = coding {
            written.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|it| it == name)
    }
}

/// Whether a file has an address of its own: the pages have others, and so do the assets.
fn is_at_the_top(name: &str) -> bool {
    let is_page = name == CHAT || name == ADMIN || name.starts_with("assets/");
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    !is_page && !matches!(end, "br" | "gz") && !name.contains(['{', '}'])
}

fn kind(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    match (kind.type_().as_str(), kind.subtype().as_str()) {
        ("text", _) | (_, "javascript" | "json") => {
            format!("{}; charset=utf-8", kind.essence_str())
        }
        _ => kind.essence_str().to_owned(),
    }
}

/// Whether a browser takes a coding.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let offers = values.filter_map(|it| it.to_str().ok());
    offers.flat_map(|it| it.split(',')).any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let weight = weight.trim().strip_prefix("q=");
        let is_refused = weight.is_some_and(|it| it.parse::<f32>() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(coding) && !is_refused
    })
}

fn nothing() -> Response {
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "not_found",
        "there is nothing at this path",
    )
    .into_response()
}
