//! Settings of what upstream's own pages ask.

use std::net::SocketAddr;
use std::path::PathBuf;

use http::HeaderValue;
use url::Url;

use super::sources::{Problems, Values};
use super::{parse, table as t};

/// What is served beside the API and the admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Nothing.
    None,
    /// The web chat.
    WebChat,
    /// The web chat, and what upstream's own pages ask.
    All,
}

/// The validated settings.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// `ENABLE_GATEWAY`
    pub pages: Pages,
    /// `FORCE_NO_HISTORY`
    pub forces_temporary: bool,
    /// `X_SIGN`
    pub reply_mark: Option<HeaderValue>,
    /// `AVATAR_URL`
    pub avatar_url: Url,
    /// `MIRROR_LISTEN`
    pub mirror_listen: Option<SocketAddr>,
    /// `MIRROR_HOST`
    pub mirror_host: Option<String>,
    /// `MIRROR_RULES`
    pub mirror_rules: Option<PathBuf>,
}

impl GatewaySettings {
    pub(super) fn read(values: &Values, problems: &mut Problems) -> Option<Self> {
        let pages = values.read(&t::ENABLE_GATEWAY, problems, pages);
        let forces = values.read(&t::FORCE_NO_HISTORY, problems, parse::boolean);
        let mark = values.read(&t::X_SIGN, problems, mark);
        let avatar_url = values.read(&t::AVATAR_URL, problems, parse::one_base_url);
        let listen = values.read(&t::MIRROR_LISTEN, problems, parse::metrics_listen);
        let host = values.read(&t::MIRROR_HOST, problems, mirror_host);
        let rules = values.read(&t::MIRROR_RULES, problems, rules_file);
        Some(Self {
            pages: pages?,
            forces_temporary: forces?,
            reply_mark: mark?,
            avatar_url: avatar_url?,
            mirror_listen: listen?,
            mirror_host: host?,
            mirror_rules: rules?,
        })
    }
}

fn pages(text: &str) -> Result<Pages, String> {
    match text {
        "" => Ok(Pages::WebChat),
        text => parse::boolean(text).map(|is_on| if is_on { Pages::All } else { Pages::None }),
    }
}

/// A host as a browser names it, with its port if that is not the usual one.
fn mirror_host(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let fits = |it: u8| it.is_ascii_alphanumeric() || b".-:[]".contains(&it);
    if text.bytes().all(fits) {
        return Ok(Some(text.to_ascii_lowercase()));
    }
    Err(format!("\"{text}\" is not a host, as in mirror.example"))
}

fn rules_file(text: &str) -> Result<Option<PathBuf>, String> {
    match text {
        "" => Ok(None),
        text => parse::path(text).map(Some),
    }
}

fn mark(text: &str) -> Result<Option<HeaderValue>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = HeaderValue::from_str(text);
    value
        .map(Some)
        .map_err(|_| "has characters no header can carry".to_owned())
}
