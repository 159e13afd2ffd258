//! Answers to the page's code.
//!
//! Most of them hold text of the user, and the account's tokens are all that is looked for in
//! them. Loader data, the list of routes and the answers that say who is signed in are patched
//! by key, as a document is. Streams of events are not seen here.

use std::borrow::Cow;

use crate::asset::{essence, is_json};
use crate::context::Context;
use crate::patch::Patcher;
use crate::pattern::{any, plain};
use crate::rules::{Holds, Rules};
use crate::scrub::Scrubber;
use crate::{flat, hosts, json};

/// What an answer is, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    /// Loader data or the list of routes.
    Router,
    /// Who is signed in.
    Identity(Holds),
    /// A list without text of the user.
    Catalogue,
    /// Whatever else; it may hold text of the user.
    Plain,
}

impl Rules {
    /// What the answer at `path` is. The path may carry a query.
    pub fn data_kind(&self, path: &str) -> DataKind {
        let Some(path) = plain(path) else {
            return DataKind::Plain;
        };
        let identity = self.data.identity.iter();
        if let Some(answer) = identity.into_iter().find(|a| a.path.matches(&path)) {
            DataKind::Identity(answer.holds)
        } else if any(&self.data.router, &path) {
            DataKind::Router
        } else if any(&self.data.catalogue, &path) {
            DataKind::Catalogue
        } else {
            DataKind::Plain
        }
    }
}

/// Rewrites a whole answer to a call of `path`. What is neither JSON nor loader data comes
/// back as it is.
pub fn rewrite<'a>(
    bytes: &'a [u8],
    content_type: &str,
    path: &str,
    context: &Context<'_>,
    rules: &Rules,
) -> Cow<'a, [u8]> {
    let essence = essence(content_type);
    let is_stream = essence == "text/x-script" || essence == "text/x-turbo";
    if !is_stream && !is_json(&essence) {
        return Cow::Borrowed(bytes);
    }
    let kind = match rules.data_kind(path) {
        // The content type alone is proof enough.
        DataKind::Plain | DataKind::Catalogue if is_stream => DataKind::Router,
        kind => kind,
    };
    let patched = patched(bytes, kind, context, rules);
    let mapped = match kind {
        DataKind::Router | DataKind::Catalogue => mapped(patched, rules),
        DataKind::Identity(_) | DataKind::Plain => patched,
    };
    let scrubber = match kind {
        DataKind::Router | DataKind::Identity(_) => Scrubber::with_identity(context.secrets),
        DataKind::Catalogue | DataKind::Plain => Scrubber::tokens_only(context.secrets),
    };
    scrubber.scrub(mapped).0
}

fn patched<'a>(
    bytes: &'a [u8],
    kind: DataKind,
    context: &Context<'_>,
    rules: &Rules,
) -> Cow<'a, [u8]> {
    let mut patcher = Patcher::new(&rules.keys, context);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Cow::Borrowed(bytes);
    };
    let new = match kind {
        DataKind::Router => {
            let by_table = flat::patch(text, &mut patcher).map(|lines| lines.concat());
            by_table.or_else(|| json::patch(text, Holds::Session, &mut patcher))
        }
        DataKind::Identity(holds) => json::patch(text, holds, &mut patcher),
        DataKind::Catalogue | DataKind::Plain => None,
    };
    new.map_or(Cow::Borrowed(bytes), |text| Cow::Owned(text.into_bytes()))
}

fn mapped<'a>(bytes: Cow<'a, [u8]>, rules: &Rules) -> Cow<'a, [u8]> {
    let (new, count) = hosts::map_assets(&bytes, rules);
    if count == 0 {
        return bytes;
    }
    Cow::Owned(new.into_owned())
}

#[cfg(test)]
mod tests;
