//! The first reading of a document: its nonce, its build and the text of its scripts.

use std::cell::RefCell;

use lol_html::errors::RewritingError;
use lol_html::html_content::{Element, TextChunk};

use super::markup;
use crate::route::Route;
use crate::rules::Rules;
use crate::url;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The nonce of the first script that has one.
    pub(super) nonce: Option<String>,
    /// What the root element says it is built from.
    pub(super) build: Option<String>,
    /// Scripts that can start the page.
    pub(super) entries: usize,
    /// Every script and style, in order.
    pub(super) scripts: Vec<Script>,
}

/// One script or style element.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) kind: ScriptKind,
    pub(super) id: Option<String>,
    pub(super) text: String,
}

/// What the text of an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScriptKind {
    Json,
    ImportMap,
    Code,
    /// Neither code nor JSON, as far as is known.
    Other,
}

/// Reads a document.
pub(super) fn scan(html: &[u8], rules: &Rules) -> Result<Scan, RewritingError> {
    let scan = RefCell::new(Scan::default());
    markup::pass(
        html,
        |element| scan.borrow_mut().element(element, rules),
        |chunk| scan.borrow_mut().raw_text(chunk),
        |_| {},
    )?;
    Ok(scan.into_inner())
}

impl Scan {
    fn element(&mut self, element: &Element<'_, '_>, rules: &Rules) {
        if element.tag_name() == "html" {
            let build = element.get_attribute("data-build");
            self.build = self.build.take().or(build);
        }
        if !markup::holds_raw_text(element) {
            return;
        }
        let is_script = element.tag_name() == "script";
        let kind = match element.get_attribute("type") {
            _ if !is_script => ScriptKind::Other,
            None => ScriptKind::Code,
            Some(name) => kind(&name),
        };
        if is_script {
            let nonce = element.get_attribute("nonce");
            self.nonce = self
                .nonce
                .take()
                .or(nonce.filter(|nonce| !nonce.is_empty()));
            self.entries += usize::from(is_entry(element, rules));
        }
        let id = element.get_attribute("id");
        let is_bootstrap = |id: &String| is_script && rules.document.bootstrap_ids.contains(id);
        self.scripts.push(Script {
            // The id says more than the type.
            kind: if id.as_ref().is_some_and(is_bootstrap) {
                ScriptKind::Json
            } else {
                kind
            },
            id,
            text: String::new(),
        });
    }

    fn raw_text(&mut self, chunk: &TextChunk<'_>) {
        if let Some(script) = self.scripts.last_mut() {
            script.text.push_str(chunk.as_str());
        }
    }
}

fn kind(name: &str) -> ScriptKind {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "importmap" => ScriptKind::ImportMap,
        "" | "module" => ScriptKind::Code,
        name if name.ends_with("json") => ScriptKind::Json,
        name if name.ends_with("javascript") => ScriptKind::Code,
        _ => ScriptKind::Other,
    }
}

/// A module starts the page, and so does a public file of the site: bundlers come and go.
fn is_entry(element: &Element<'_, '_>, rules: &Rules) -> bool {
    let is_module = element
        .get_attribute("type")
        .is_some_and(|name| name.trim().eq_ignore_ascii_case("module"));
    let is_public_file = |address: String| {
        let path = url::map(&address, rules).unwrap_or(address);
        matches!(rules.route(&path), Route::Asset { .. })
    };
    is_module || element.get_attribute("src").is_some_and(is_public_file)
}
