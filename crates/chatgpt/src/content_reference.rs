//! What a message says about the places in its text that name a source.
//!
//! Two generations of it; what becomes of them in the text is decided in `transcode`.
//! Protocol: citations.

use serde::Deserialize;

use crate::loose::{LooseBool, LooseList, LooseNumber, LooseObject, LooseText};

/// One entry of `content_references`.
#[derive(Debug, Default, Deserialize)]
pub struct ContentReference<'a> {
    /// `grouped_webpages`, `entity`, `hidden`, …
    #[serde(rename = "type", borrow, default)]
    pub kind: LooseText<'a>,
    /// The marker in the text.
    #[serde(borrow, default)]
    pub matched_text: LooseText<'a>,
    /// Where it begins, in characters of an uncertain unit.
    #[serde(default)]
    pub start_idx: LooseNumber,
    /// What to show instead, as Markdown.
    #[serde(borrow, default)]
    pub alt: LooseText<'a>,
    /// `loading` or `done`.
    #[serde(borrow, default)]
    pub status: LooseText<'a>,
    /// Set while the marker is still being written.
    #[serde(default)]
    pub invalid: LooseBool,
    /// Of web pages and lists: the sources.
    #[serde(borrow, default)]
    pub items: LooseList<LooseObject<Source<'a>>>,
    /// Of a single page, or of a list: its title.
    #[serde(borrow, default)]
    pub title: LooseText<'a>,
    /// Of a single page: its address.
    #[serde(borrow, default)]
    pub url: LooseText<'a>,
}

/// A source.
#[derive(Debug, Default, Deserialize)]
pub struct Source<'a> {
    /// Its title.
    #[serde(borrow, default)]
    pub title: LooseText<'a>,
    /// Its address.
    #[serde(borrow, default)]
    pub url: LooseText<'a>,
}

/// One entry of `citations`, the older form.
#[derive(Debug, Default, Deserialize)]
pub struct OlderCitation<'a> {
    /// Where the marker begins, in characters of an uncertain unit.
    #[serde(default)]
    pub start_ix: LooseNumber,
    /// What it names.
    #[serde(borrow, default)]
    pub metadata: LooseObject<Source<'a>>,
}

impl ContentReference<'_> {
    /// Whether upstream is done with it: it will not become something else.
    pub fn is_settled(&self) -> bool {
        !matches!(self.kind.text(), "" | "hidden" | "invalid")
            && !self.invalid.is_true()
            && self.status.text() != "loading"
    }
}
