//! What a marker of a source becomes in the visible text.
//!
//! Sources are stated beside the text, often later than their marker; an index into the text
//! only chooses between equal markers, because its unit is uncertain. Protocol: citations.

use std::fmt::Write;

use chatgpt::message::{ContentReference, LooseText, Metadata, Source};
use serde_json::Value;

use super::markers::{CLOSE, OPEN, SEPARATOR};

/// What stands in the text instead of a marker.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Replacement {
    /// This text, which may be none.
    Text(String),
    /// A link to each of these.
    Links(Vec<Link>),
    /// A list of links under a title.
    List {
        /// The title.
        title: String,
        /// The links.
        links: Vec<Link>,
    },
}

/// A link to a source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Its address, fit for Markdown.
    pub(super) url: String,
    /// The source's title.
    pub(super) title: String,
}

/// What `marker` becomes, where `before` is the raw text in front of it; `None` while its
/// source is not settled.
pub(super) fn replacement(
    marker: &str,
    before: &str,
    metadata: &Metadata<'_>,
) -> Option<Replacement> {
    let references = metadata.content_references.objects();
    let named = references.filter(|it| it.matched_text.text().trim() == marker);
    let place = Place::after(before);
    let reference = named.min_by_key(|it| place.distance(it.start_idx.0));
    match reference {
        Some(reference) => reference.is_settled().then(|| shown(reference, marker)),
        None if marker.starts_with(OPEN) => None,
        None => older(&place, metadata),
    }
}

/// What a marker becomes whose source is never settled: a word of the sentence stays.
pub(super) fn unresolved(marker: &str) -> Replacement {
    Replacement::Text(entity_name(marker).unwrap_or_default())
}

/// The source of a marker in the older form, which is found by its place alone.
fn older(place: &Place, metadata: &Metadata<'_>) -> Option<Replacement> {
    let mut citations = metadata.citations.objects();
    let citation = citations.find(|it| place.distance(it.start_ix.0) == 0)?;
    let links = citation.metadata.get().and_then(link_to);
    Some(Replacement::Links(links.into_iter().collect()))
}

fn shown(reference: &ContentReference<'_>, marker: &str) -> Replacement {
    let alt = || Replacement::Text(reference.alt.text().to_owned());
    let mut links: Vec<Link> = Vec::new();
    for link in reference.items.objects().filter_map(link_to) {
        if links.iter().all(|known| known.url != link.url) {
            links.push(link);
        }
    }
    match reference.kind.text() {
        "sources_footnote" => Replacement::Text(String::new()),
        "entity" if reference.alt.said().is_none() => unresolved(marker),
        "grouped_webpages" if !links.is_empty() => Replacement::Links(links),
        "nav_list" if !links.is_empty() => Replacement::List {
            title: one_line(reference.title.text()),
            links,
        },
        "webpage" | "webpage_extended" => match link(&reference.url, &reference.title) {
            Some(link) => Replacement::Links(vec![link]),
            None => alt(),
        },
        _ => alt(),
    }
}

fn link_to(source: &Source<'_>) -> Option<Link> {
    link(&source.url, &source.title)
}

fn link(url: &LooseText<'_>, title: &LooseText<'_>) -> Option<Link> {
    Some(Link {
        url: address(url.said()?),
        title: one_line(title.text()),
    })
}

/// An address as it can stand in a Markdown link: one that would end the link early is
/// escaped.
fn address(url: &str) -> String {
    let mut depth = 0i32;
    let is_balanced = url.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    }) && depth == 0;
    let mut address = String::with_capacity(url.len());
    for c in url.chars() {
        let breaks = match c {
            '(' | ')' => !is_balanced,
            '<' | '>' | '\\' => true,
            c => c.is_ascii_control() || c == ' ',
        };
        if breaks {
            // Writing into memory cannot fail.
            let _infallible = write!(address, "%{:02X}", u32::from(c));
        } else {
            address.push(c);
        }
    }
    address
}

/// The second element of `["software","Node.js",…]` in an entity's marker.
fn entity_name(marker: &str) -> Option<String> {
    let inside = marker.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    let (name, json) = inside.split_once(SEPARATOR)?;
    if name != "entity" {
        return None;
    }
    let fields: Value = serde_json::from_str(json).ok()?;
    fields.get(1)?.as_str().map(str::to_owned)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A place in a text, in both units an index may have.
struct Place {
    chars: u64,
    utf16: u64,
}

impl Place {
    fn after(text: &str) -> Self {
        let astral = text.chars().filter(|c| c.len_utf16() == 2).count() as u64;
        let chars = text.chars().count() as u64;
        Self {
            chars,
            utf16: chars + astral,
        }
    }

    /// How far an index is from here, in the unit that suits it better.
    fn distance(&self, index: Option<u64>) -> u64 {
        index.map_or(u64::MAX, |index| {
            self.chars.abs_diff(index).min(self.utf16.abs_diff(index))
        })
    }
}

#[cfg(test)]
mod tests {
    use chatgpt::message::Metadata;
    use serde::Deserialize;
    use serde_json::json;

    use super::{Link, Replacement, address, replacement, unresolved};

    const MARKER: &str = "\u{E200}cite\u{E202}turn0search0\u{E201}";

    fn becomes(marker: &str, before: &str, metadata: &serde_json::Value) -> Option<Replacement> {
        let metadata = Metadata::deserialize(metadata).unwrap();
        replacement(marker, before, &metadata)
    }

    fn links(urls: &[&str]) -> Replacement {
        let links = urls.iter().map(|url| Link {
            url: (*url).into(),
            title: "T".into(),
        });
        Replacement::Links(links.collect())
    }

    fn source(url: &str) -> serde_json::Value {
        json!({"url": url, "title": " T\n", "supporting_websites": [{"url": "https://s"}]})
    }

    #[test]
    fn nothing_is_settled_before_upstream_says_so() {
        for unsettled in [
            json!({"type": "hidden", "invalid": true}),
            json!({"type": "hidden"}),
            json!({"type": "grouped_webpages", "status": "loading"}),
            json!({"type": "webpage", "url": "u", "invalid": true}),
        ] {
            let mut reference = unsettled.clone();
            reference["matched_text"] = json!(MARKER);
            let metadata = json!({"content_references": [reference]});
            assert_eq!(becomes(MARKER, "", &metadata), None, "{unsettled}");
        }
        assert_eq!(becomes(MARKER, "", &json!({})), None);
    }

    #[test]
    fn each_kind_of_reference_becomes_what_people_would_see() {
        let two = json!([
            source("https://a"),
            source("https://a"),
            7,
            source("https://b")
        ]);
        for (reference, expected) in [
            (
                json!({"type": "grouped_webpages", "items": two}),
                Some(links(&["https://a", "https://b"])),
            ),
            (
                json!({"type": "webpage", "url": "https://a", "title": "T"}),
                Some(links(&["https://a"])),
            ),
            (
                json!({"type": "grouped_webpages", "items": [], "alt": "([A](u))"}),
                Some(Replacement::Text("([A](u))".into())),
            ),
            (
                json!({"type": "products", "alt": "a lamp"}),
                Some(Replacement::Text("a lamp".into())),
            ),
            (
                json!({"type": "forecast", "alt": null}),
                Some(Replacement::Text(String::new())),
            ),
            (
                json!({"type": "sources_footnote", "alt": "x"}),
                Some(Replacement::Text(String::new())),
            ),
        ] {
            let mut named = reference.clone();
            named["matched_text"] = json!(MARKER);
            let metadata = json!({"content_references": [named]});
            assert_eq!(becomes(MARKER, "", &metadata), expected, "{reference}");
        }
    }

    #[test]
    fn of_equal_markers_each_has_the_reference_nearest_to_it_in_either_unit() {
        let reference = |start: u64, url: &str| {
            json!({"type": "webpage", "url": url, "title": "T",
            "matched_text": MARKER, "start_idx": start})
        };
        let metadata = json!({"content_references": [reference(1, "a"), reference(40, "b")]});
        assert_eq!(becomes(MARKER, "x", &metadata), Some(links(&["a"])));
        assert_eq!(
            becomes(MARKER, &"🌍".repeat(20), &metadata),
            Some(links(&["b"]))
        );
        assert_eq!(
            becomes(MARKER, &"好".repeat(39), &metadata),
            Some(links(&["b"]))
        );
    }

    #[test]
    fn an_older_marker_is_found_by_its_place_and_a_file_has_no_link() {
        let citations = json!({"citations": [
            {"start_ix": 2, "end_ix": 13, "metadata": {"type": "webpage", "title": "T", "url": "https://a"}},
            {"start_ix": 9, "metadata": {"type": "file", "title": "T"}},
        ]});
        let marker = "【11†source】";
        assert_eq!(
            becomes(marker, "好x", &citations),
            Some(links(&["https://a"]))
        );
        assert_eq!(becomes(marker, "123456789", &citations), Some(links(&[])));
        assert_eq!(becomes(marker, "12345", &citations), None);
    }

    #[test]
    fn an_entity_stays_a_word_of_the_sentence() {
        let marker = "\u{E200}entity\u{E202}[\"software\",\"Node.js\",\"x\"]\u{E201}";
        let word = Replacement::Text("Node.js".into());
        assert_eq!(unresolved(marker), word);
        let metadata = json!({"content_references": [{"type": "entity", "matched_text": marker}]});
        assert_eq!(becomes(marker, "", &metadata), Some(word));
        assert_eq!(unresolved(MARKER), Replacement::Text(String::new()));
    }

    #[test]
    fn an_address_never_ends_its_link_early() {
        assert_eq!(
            address("https://a/b_(c)?utm_source=chatgpt.com"),
            "https://a/b_(c)?utm_source=chatgpt.com"
        );
        assert_eq!(address("https://a/b)(c d"), "https://a/b%29%28c%20d");
    }
}
