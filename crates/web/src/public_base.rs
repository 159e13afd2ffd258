//! Where the gateway is reached, for links in answers.
//!
//! `PUBLIC_URL` where it is set; else the host the caller asked, which is seen only by them.

use http::{HeaderMap, header};
use url::Url;

/// The address below which the API's routes are, without a slash at the end.
///
/// `prefix` is the path they are below, with a slash before it, or nothing.
pub fn public_base(public_url: Option<&Url>, prefix: &str, headers: &HeaderMap) -> String {
    if let Some(url) = public_url {
        return format!("{}{prefix}", url.as_str().trim_end_matches('/'));
    }
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .filter(|host| is_plain(host));
    match host {
        Some(host) => format!("http://{host}{prefix}"),
        None => prefix.to_owned(),
    }
}

/// Letters, digits and what stands in addresses: nothing that could end a link.
fn is_plain(host: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(fits)
}
