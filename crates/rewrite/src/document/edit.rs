//! The second reading of a document, which writes it anew.

use std::cell::RefCell;

use lol_html::errors::RewritingError;
use lol_html::html_content::{ContentType, Element, TextChunk};

use super::markup;
use crate::rules::Rules;
use crate::{hosts, shim, url};

/// Attributes that are one address.
const ADDRESSES: [&str; 7] = [
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "data",
    "xlink:href",
];

/// Attributes that hold addresses among other text.
const TEXTS: [&str; 3] = ["srcset", "imagesrcset", "style"];

/// What was done to the elements.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) shims: usize,
    pub(super) addresses: usize,
    pub(super) integrity: usize,
    pub(super) policies: usize,
    /// Scripts and styles met so far.
    scripts: usize,
    /// Whether the new text of the last one was written.
    is_written: bool,
}

/// Writes the document with new texts for its scripts.
pub(super) fn edit(
    html: &[u8],
    nonce: &str,
    texts: &[Option<String>],
    rules: &Rules,
) -> Result<(Vec<u8>, Edits), RewritingError> {
    let first = format!("<script nonce=\"{nonce}\">{}</script>", shim::script(rules));
    let edits = RefCell::new(Edits::default());
    let mut out = Vec::with_capacity(html.len() + first.len());
    markup::pass(
        html,
        |element| edits.borrow_mut().element(element, &first, rules),
        |chunk| edits.borrow_mut().text(chunk, texts),
        |bytes| out.extend_from_slice(bytes),
    )?;
    Ok((out, edits.into_inner()))
}

impl Edits {
    fn element(&mut self, element: &mut Element<'_, '_>, first: &str, rules: &Rules) {
        if markup::holds_raw_text(element) {
            self.scripts += 1;
            self.is_written = false;
        }
        if element.tag_name() == "head" && self.shims == 0 {
            element.prepend(first, ContentType::Html);
            self.shims = 1;
        }
        if is_policy(element) {
            element.remove();
            self.policies += 1;
            return;
        }
        if element.has_attribute("integrity") {
            element.remove_attribute("integrity");
            self.integrity += 1;
        }
        for name in ADDRESSES {
            let old = element.get_attribute(name);
            let new = old.and_then(|old| url::map(&old, rules));
            self.set(element, name, new);
        }
        for name in TEXTS {
            let old = element.get_attribute(name);
            let new = old.and_then(|old| mapped(&old, rules));
            self.set(element, name, new);
        }
    }

    fn set(&mut self, element: &mut Element<'_, '_>, name: &str, new: Option<String>) {
        if let Some(new) = new
            && element.set_attribute(name, &new).is_ok()
        {
            self.addresses += 1;
        }
    }

    /// The first chunk becomes the whole new text, and the others go.
    fn text(&mut self, chunk: &mut TextChunk<'_>, texts: &[Option<String>]) {
        let index = self.scripts.checked_sub(1);
        let Some(Some(new)) = index.and_then(|index| texts.get(index)) else {
            return;
        };
        if self.is_written {
            chunk.remove();
        } else {
            chunk.replace(new, ContentType::Html);
            self.is_written = true;
        }
    }
}

fn is_policy(element: &Element<'_, '_>) -> bool {
    element.tag_name() == "meta"
        && element.get_attribute("http-equiv").is_some_and(|name| {
            let name = name.trim().to_ascii_lowercase();
            name.starts_with("content-security-policy")
        })
}

/// Text with its addresses mapped, each of them bounded by spaces.
fn mapped(text: &str, rules: &Rules) -> Option<String> {
    let words = text.split_inclusive(|c: char| c.is_ascii_whitespace());
    let by_word: String = words
        .map(|word| {
            let address = word.trim_end();
            let space = word.get(address.len()..).unwrap_or_default();
            url::map(address, rules)
                .map_or_else(|| word.to_owned(), |mapped| format!("{mapped}{space}"))
        })
        .collect();
    let (mapped, _count) = hosts::map_assets(by_word.as_bytes(), rules);
    let mapped = String::from_utf8(mapped.into_owned()).ok()?;
    (mapped != text).then_some(mapped)
}
