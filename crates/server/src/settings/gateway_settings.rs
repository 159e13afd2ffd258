//! Settings of what upstream's own pages ask.

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
}

impl GatewaySettings {
    pub(super) fn read(values: &Values, problems: &mut Problems) -> Option<Self> {
        let pages = values.read(&t::ENABLE_GATEWAY, problems, pages);
        let forces = values.read(&t::FORCE_NO_HISTORY, problems, parse::boolean);
        let mark = values.read(&t::X_SIGN, problems, mark);
        let avatar_url = values.read(&t::AVATAR_URL, problems, parse::one_base_url);
        Some(Self {
            pages: pages?,
            forces_temporary: forces?,
            reply_mark: mark?,
            avatar_url: avatar_url?,
        })
    }
}

fn pages(text: &str) -> Result<Pages, String> {
    match text {
        "" => Ok(Pages::WebChat),
        text => parse::boolean(text).map(|is_on| if is_on { Pages::All } else { Pages::None }),
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
