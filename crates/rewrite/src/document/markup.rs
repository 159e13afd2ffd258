//! One pass over the markup of a document. Used by both readings of it.

use std::borrow::Cow;

use lol_html::errors::RewritingError;
use lol_html::html_content::{Element, TextChunk};
use lol_html::{ElementContentHandlers, HtmlRewriter, Selector, Settings};

/// Whether the text of such an element is no markup.
pub(super) fn holds_raw_text(element: &Element<'_, '_>) -> bool {
    matches!(element.tag_name().as_str(), "script" | "style")
}

/// Shows every element, and the text inside scripts and styles, which comes in pieces. What is
/// written, changes included, goes to `out`.
pub(super) fn pass(
    html: &[u8],
    mut on_element: impl FnMut(&mut Element<'_, '_>),
    mut on_raw_text: impl FnMut(&mut TextChunk<'_>),
    out: impl FnMut(&[u8]),
) -> Result<(), RewritingError> {
    let mut handlers = Vec::new();
    // Both selectors can be read, so nothing is left out.
    if let Ok(selector) = "*".parse::<Selector>() {
        let handler = ElementContentHandlers::default().element(|element: &mut Element<'_, '_>| {
            on_element(element);
            Ok(())
        });
        handlers.push((Cow::Owned(selector), handler));
    }
    if let Ok(selector) = "script, style".parse::<Selector>() {
        let handler = ElementContentHandlers::default().text(|chunk: &mut TextChunk<'_>| {
            on_raw_text(chunk);
            Ok(())
        });
        handlers.push((Cow::Owned(selector), handler));
    }
    let settings = Settings {
        element_content_handlers: handlers,
        // Markup that can be read in two ways is read in one; the scrubbing covers both.
        strict: false,
        ..Settings::new()
    };
    let mut rewriter = HtmlRewriter::new(settings, out);
    rewriter.write(html)?;
    rewriter.end()
}
