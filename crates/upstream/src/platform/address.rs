//! Where a route of an OpenAI-compatible server is.
//!
//! Base URLs are written in two ways: with the version, as programs take them, and without.

use url::Url;

/// The version that paths begin with.
const VERSION: &str = "/v1";

/// `OpenAI`'s own server.
const OPENAI: &str = "api.openai.com";

/// The address of a path as `/v1/embeddings`.
pub(super) fn address(base: &Url, path: &str) -> String {
    let is_bare = base.path().trim_end_matches('/').is_empty();
    let route = path.strip_prefix(VERSION).unwrap_or(path);
    let version = if is_bare { VERSION } else { "" };
    let base = base.as_str().trim_end_matches('/');
    format!("{base}{version}{route}")
}

/// Whether it is `OpenAI`'s own server.
pub(super) fn is_openai(base: &Url) -> bool {
    base.host_str() == Some(OPENAI)
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_base_has_its_version_or_is_given_it() {
        for (base, expected) in [
            ("https://a.example", "https://a.example/v1/models"),
            ("https://a.example/", "https://a.example/v1/models"),
            ("https://a.example/v1", "https://a.example/v1/models"),
            (
                "https://a.example/api/v3/",
                "https://a.example/api/v3/models",
            ),
        ] {
            assert_eq!(address(&base.parse().unwrap(), "/v1/models"), expected);
        }
    }
}
