//! The pages that scripts cite, and the shapes in which upstream lists and cites them. The pages
//! do not exist; the scripts with citations use them.

use serde_json::{Value, json};

use crate::story::Reference;

/// A page that a search found.
pub(super) struct Source {
    title: &'static str,
    pub(super) url: &'static str,
    domain: &'static str,
    attribution: &'static str,
    snippet: &'static str,
    /// Seconds since 1970, if the page says when it was published.
    published: Option<f64>,
    /// Which list of the turn's results it is in, and where.
    list: &'static str,
    index: u32,
}

/// A newspaper's page, with a date.
pub(super) const NEWS: Source = Source {
    title: "Rhine stays high after a week of rain",
    url: "https://news.example/rhine-stays-high",
    domain: "news.example",
    attribution: "Example News",
    snippet: "The gauge at Basel read 7.2 metres on Tuesday morning…",
    published: Some(1_764_788_417.0),
    list: "news",
    index: 19,
};

/// A weather service's page, without one.
pub(super) const WEATHER: Source = Source {
    title: "Outlook for the Upper Rhine [5 days]",
    url: "https://weather.example/outlook?region=upper-rhine&days=5",
    domain: "weather.example",
    attribution: "Example Weather",
    snippet: "Dry from Thursday on; levels fall slowly…",
    published: None,
    list: "search",
    index: 3,
};

/// An authority's page in another script.
pub(super) const AUTHORITY: Source = Source {
    title: "莱茵河水位（每日公报）",
    url: "https://water.example/zh/公报_(2025)",
    domain: "water.example",
    attribution: "示例水文局",
    snippet: "周二上午巴塞尔水位为 7.2 米……",
    published: Some(1_764_820_800.0),
    list: "news",
    index: 4,
};

impl Source {
    /// What the text calls it: `turn0news19`.
    fn name(&self) -> String {
        format!("turn0{}{}", self.list, self.index)
    }

    /// The same in the metadata.
    fn id(&self) -> Value {
        json!({"turn_index": 0, "ref_type": self.list, "ref_index": self.index})
    }

    /// The address upstream hands out, which says where the reader came from.
    fn tagged_url(&self) -> String {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{joint}utm_source=chatgpt.com", self.url)
    }

    fn link(&self) -> String {
        format!("[{}]({})", self.attribution, self.tagged_url())
    }

    /// As an item of a reference.
    fn item(&self, supporting: &[&Source]) -> Value {
        let supporting: Vec<Value> = supporting
            .iter()
            .map(|other| json!({"title": other.title, "url": other.tagged_url()}))
            .collect();
        json!({
            "title": self.title,
            "url": self.tagged_url(),
            "pub_date": self.published,
            "snippet": self.snippet,
            "attribution": self.attribution,
            "attributions": null,
            "attribution_segments": null,
            "supporting_websites": supporting,
            "refs": [self.id()],
            "hue": null,
        })
    }
}

/// A citation of one page or several; the last of three or more supports the first.
pub(super) fn cite(sources: &[&Source]) -> Reference {
    let names: Vec<String> = sources.iter().map(|source| source.name()).collect();
    let links: Vec<String> = sources.iter().map(|source| source.link()).collect();
    let (shown, supporting) = sources.split_at(sources.len().min(2));
    let items: Vec<Value> = shown
        .iter()
        .enumerate()
        .map(|(place, source)| source.item(if place == 0 { supporting } else { &[] }))
        .collect();
    Reference {
        matched: format!("\u{e200}cite\u{e202}{}\u{e201}", names.join("\u{e202}")),
        kind: "grouped_webpages",
        alt: json!(format!("({})", links[..shown.len()].join(", "))),
        members: json!({
            "items": items,
            "fallback_items": null,
            "status": "done",
            "error": null,
            "style": null,
        }),
    }
}

/// A list of links under a title.
pub(super) fn nav_list(title: &str, sources: &[&Source]) -> Reference {
    let names: Vec<String> = sources.iter().map(|source| source.name()).collect();
    let rows: Vec<String> = sources
        .iter()
        .map(|source| format!("- [{}]({})", source.title, source.tagged_url()))
        .collect();
    let items: Vec<Value> = sources
        .iter()
        .map(|source| {
            json!({
                "title": source.title,
                "url": source.tagged_url(),
                "pub_date": source.published,
                "thumbnail_url": null,
                "attribution": source.attribution,
            })
        })
        .collect();
    Reference {
        matched: format!(
            "\u{e200}navlist\u{e202}{title}\u{e202}{}\u{e201}",
            names.join(",")
        ),
        kind: "nav_list",
        alt: json!(format!("**{title}**\n{}", rows.join("\n"))),
        members: json!({
            "title": title,
            "items": items,
            "user_time_zone": "Europe/Zurich",
            "status": "done",
        }),
    }
}

/// A name that a reader may want explained.
pub(super) fn entity(category: &str, name: &str, what: &str) -> Reference {
    Reference {
        matched: format!(
            "\u{e200}entity\u{e202}{}\u{e201}",
            json!([category, name, what])
        ),
        kind: "entity",
        alt: json!(name),
        members: json!({
            "name": name,
            "category": category,
            "priority": null,
            "status": "done",
            "entity_data": null,
            "metadata": null,
            "extra_params": {"disambiguation": what},
        }),
    }
}

/// One character that begins, separates or ends a cited span.
pub(super) fn span_mark(character: char) -> Reference {
    Reference {
        matched: character.to_string(),
        kind: "hidden",
        alt: Value::Null,
        members: json!({}),
    }
}

/// The list of sources under an answer that is `length` long.
pub(super) fn footnote(sources: &[&Source], length: usize) -> Value {
    let sources: Vec<Value> = sources
        .iter()
        .map(|source| {
            json!({
                "title": source.title,
                "url": source.tagged_url(),
                "attribution": source.attribution,
            })
        })
        .collect();
    json!({
        "matched_text": " ",
        "start_idx": length,
        "end_idx": length,
        "safe_urls": [],
        "refs": [],
        "alt": "",
        "prompt_text": null,
        "type": "sources_footnote",
        "sources": sources,
        "has_images": false,
    })
}

/// What a search found, grouped by where it was found.
pub(super) fn result_groups(sources: &[&Source]) -> Value {
    let group = |source: &&Source| {
        json!({
            "type": "search_result_group",
            "domain": source.domain,
            "entries": [{
                "type": "search_result",
                "url": source.url,
                "title": source.title,
                "snippet": source.snippet,
                "ref_id": source.id(),
                "pub_date": source.published,
                "attribution": source.attribution,
                "attributions": null,
                "content_type": null,
            }],
        })
    };
    sources.iter().map(group).collect()
}

/// A page as a citation of 2023 names it.
pub(super) fn old_citation(source: &Source, start: usize, end: usize) -> Value {
    json!({
        "start_ix": start,
        "end_ix": end,
        "citation_format_type": "tether_og",
        "metadata": {
            "type": "webpage",
            "title": source.title,
            "url": source.url,
            "text": source.snippet,
            "pub_date": source.published,
            "extra": {"cited_message_idx": 4, "evidence_text": "source"},
        },
    })
}

/// A page as a quote of 2023 holds it.
pub(super) fn quote(source: &Source) -> Value {
    json!({
        "content_type": "tether_quote",
        "url": source.url,
        "domain": source.domain,
        "title": source.title,
        "text": source.snippet,
        "tether_id": null,
    })
}
