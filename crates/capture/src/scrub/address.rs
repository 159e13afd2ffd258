//! Addresses: the path of a request as a template, its query, and links inside answers.
//!
//! Called by `scrub`.

use std::collections::BTreeMap;

use super::Scrubber;
use super::policy::{self, Policy};
use super::shape::shape;
use super::word::is_of_vocabulary;
use crate::known_keys;

/// Stands for an id in a path.
const ID: &str = "{id}";

/// Words of paths beside those of the routes the report knows.
const PATH_WORDS: [&str; 12] = [
    "backend-anon",
    "backend-api",
    "codex",
    "content",
    "estuary",
    "process_upload_stream",
    "responses",
    "resume",
    "synthesize",
    "textdocs",
    "transcribe",
    "v4-2023-04-27",
];

/// Where files of the code interpreter are.
const SANDBOX: &str = "sandbox:/mnt/data/";

/// What upstream marks the links of its answers with.
const CAMPAIGN: &str = "utm_source=chatgpt.com";

/// The path with its ids taken out.
pub(super) fn template(path: &str) -> String {
    let is_word = |part: &str| {
        part.is_empty()
            || part == ID
            || PATH_WORDS.contains(&part)
            || known_keys::path_words().any(|word| word == part)
    };
    let parts = path.split('/');
    let parts: Vec<&str> = parts.map(|it| if is_word(it) { it } else { ID }).collect();
    parts.join("/")
}

impl Scrubber {
    /// The query's names, with values as a JSON field of that name would have them.
    pub(super) fn query(&self, query: &str) -> BTreeMap<String, String> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let name = if is_of_vocabulary(name) || policy::is_listed(name) {
                    name.to_owned()
                } else {
                    shape(name)
                };
                let place = [name.clone()];
                let is_number = value.len() <= 6 && value.bytes().all(|it| it.is_ascii_digit());
                let value = match policy::of(&place) {
                    _ if is_number && !policy::is_personal(&place) => value.to_owned(),
                    // Escapes of a query are no escapes of JSON: what is not plain goes.
                    Policy::Text => shape(value),
                    policy => self.string(policy, value),
                };
                (name, value)
            })
            .collect()
    }

    /// A link, an asset pointer, or a host.
    pub(super) fn address(&self, text: &str) -> String {
        for scheme in ["file-service://", "sediment://"] {
            if let Some(id) = text.strip_prefix(scheme) {
                return format!("{scheme}{}", self.id(id));
            }
        }
        if let Some(path) = text.strip_prefix(SANDBOX) {
            return format!("{SANDBOX}{}", shape(path));
        }
        if text.is_empty() || is_of_vocabulary(text) {
            return text.to_owned();
        }
        if !text.contains(':') {
            return "example.com".to_owned();
        }
        let (address, campaign) = match text.find(CAMPAIGN) {
            Some(at) => (&text[..at], CAMPAIGN),
            None => (text, ""),
        };
        let address = address.trim_end_matches(['?', '&']);
        let mark = if campaign.is_empty() { "" } else { "?" };
        format!("{}{mark}{campaign}", self.pseudonyms.link(address))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scrubber, template};

    #[test]
    fn paths_lose_their_ids() {
        for (path, expected) in [
            ("/backend-api/f/conversation", "/backend-api/f/conversation"),
            (
                "/backend-api/conversation/11111111-2222-4333-8444-555555555555",
                "/backend-api/conversation/{id}",
            ),
            (
                "/backend-api/files/file-AbCdEf/download",
                "/backend-api/files/{id}/download",
            ),
            ("/container/anna/report.pdf", "/{id}/{id}/{id}"),
        ] {
            assert_eq!(template(path), expected);
            assert_eq!(template(expected), expected);
        }
    }

    #[test]
    fn queries_lose_their_values_but_for_plain_ones() {
        let scrubber = Scrubber::new([0; 32], false);
        let query =
            scrubber.query("limit=28&order=sideways&sig=AbC%3D&timezone_offset_min=-60&q=tea");
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, it)| format!("{name}={it}"))
            .collect();
        assert_eq!(
            pairs,
            [
                "limit=28",
                "order=xxxxxxxx",
                "q=xxx",
                "sig=scrubbed",
                "timezone_offset_min=-00"
            ]
        );
    }

    #[test]
    fn links_lose_their_hosts_and_keep_their_kind() {
        let scrubber = Scrubber::new([0; 32], false);
        let link = scrubber.address("https://apnews.com/a?b=c&utm_source=chatgpt.com");
        assert!(link.starts_with("https://example.com/"), "{link}");
        assert!(link.ends_with("?utm_source=chatgpt.com"), "{link}");
        assert!(!link.contains("apnews"));
        let pointer = scrubber.address("sediment://file_00000000bc987209adba1c148413e076");
        assert!(pointer.starts_with("sediment://file_"), "{pointer}");
        assert_eq!(scrubber.address("apnews.com"), "example.com");
        for text in [link, pointer] {
            assert_eq!(scrubber.address(&text), text);
        }
    }
}
