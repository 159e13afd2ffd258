//! Whether a browser says that a request comes from one of our own pages.
//!
//! Used where a form is posted or a cookie is all that speaks for a caller: by `admin` and by
//! the site.

use http::{HeaderMap, HeaderName, HeaderValue, header};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request is from our own pages, or typed in by a person; one that does not tell is
/// not.
pub fn is_own(headers: &HeaderMap) -> bool {
    said(headers) == Some(true)
}

/// Whether a browser says that a request is from somewhere else.
pub fn is_foreign(headers: &HeaderMap) -> bool {
    said(headers) == Some(false)
}

/// Whether a request is from our own pages, as far as a browser says.
fn said(headers: &HeaderMap) -> Option<bool> {
    if let Some(site) = headers.get(FETCH_SITE) {
        return Some(matches!(site.as_bytes(), b"same-origin" | b"none"));
    }
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let origin = headers.get(header::ORIGIN).map(text)?;
    let host = headers.get(header::HOST).map(text);
    let origin = origin.split_once("://");
    Some(origin.is_some_and(|(_, place)| host.as_deref() == Some(place)))
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::{is_foreign, is_own};

    fn asked(headers: &[(&str, &str)]) -> (bool, bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = http::HeaderName::try_from(*name).unwrap();
            map.append(name, value.parse().unwrap());
        }
        (is_own(&map), is_foreign(&map))
    }

    #[test]
    fn what_the_browser_says_counts_before_what_the_page_says() {
        let host = ("host", "gateway.example");
        let ours = ("origin", "https://gateway.example");
        for (headers, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], (true, false)),
            (&[("sec-fetch-site", "none")], (true, false)),
            (&[("sec-fetch-site", "same-site")], (false, true)),
            (
                &[("sec-fetch-site", "cross-site"), host, ours],
                (false, true),
            ),
            (&[host, ours], (true, false)),
            (&[host, ("origin", "https://evil.example")], (false, true)),
            (&[host, ("origin", "null")], (false, true)),
            (&[host], (false, false)),
            (&[], (false, false)),
        ] {
            assert_eq!(asked(headers), expected, "{headers:?}");
        }
    }
}
