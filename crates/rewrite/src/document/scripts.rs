//! New texts for the scripts of a document.
//!
//! A bootstrap is JSON in an element of a known id, or loader data handed to the router, or
//! both: pages have carried either, and a page may carry the tokens in one and switches in the
//! other.

use crate::context::Context;
use crate::enqueue::{self, Literal};
use crate::hosts;
use crate::json::{self, Members};
use crate::patch::{Counts, Patcher};
use crate::rules::{Holds, Rules};
use crate::script_text::escape_json;

use super::scan::{Script, ScriptKind};

/// What became of the scripts.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    /// The new text of each, or nothing where the old one stays.
    pub(super) texts: Vec<Option<String>>,
    /// What the bootstraps had.
    pub(super) counts: Counts,
    /// Bootstraps that say something about who is signed in.
    pub(super) bootstraps: usize,
    /// Addresses that were mapped.
    pub(super) addresses: usize,
    /// Import maps whose hashes were dropped.
    pub(super) integrity: usize,
}

/// Rewrites every script.
pub(super) fn rewrite(scripts: &[Script], context: &Context<'_>, rules: &Rules) -> Scripts {
    let mut patcher = Patcher::new(&rules.keys, context);
    let mut done = Scripts::default();
    for script in scripts {
        let text = match script.kind {
            ScriptKind::Json => patch_json(script, &mut patcher, &mut done, context, rules),
            ScriptKind::ImportMap => without_integrity(&script.text, &mut done),
            ScriptKind::Code | ScriptKind::Other => None,
        };
        done.texts.push(text);
    }
    patch_loader_data(scripts, &mut patcher, &mut done, rules);
    for (script, text) in scripts.iter().zip(&mut done.texts) {
        let current = text.as_deref().unwrap_or(&script.text);
        let (mapped, count) = hosts::map_assets(current.as_bytes(), rules);
        if count > 0
            && let Ok(mapped) = String::from_utf8(mapped.into_owned())
        {
            *text = Some(mapped);
            done.addresses += count;
        }
    }
    done.counts = patcher.counts;
    done
}

/// Patches JSON. Only an element of a known id counts as a bootstrap, but tokens are looked for
/// in all of them.
fn patch_json(
    script: &Script,
    patcher: &mut Patcher<'_>,
    done: &mut Scripts,
    context: &Context<'_>,
    rules: &Rules,
) -> Option<String> {
    let ids = &rules.document.bootstrap_ids;
    let is_bootstrap = script.id.as_ref().is_some_and(|id| ids.contains(id));
    let new = if is_bootstrap {
        let before = patcher.counts;
        let new = json::patch_bootstrap(&script.text, patcher);
        done.bootstraps += usize::from(says_who(before, patcher.counts));
        new
    } else {
        let mut uncounted = Patcher::new(&rules.keys, context);
        json::patch(&script.text, Holds::Session, &mut uncounted)
    };
    new.map(|json| escape_json(&json))
}

/// Patches the calls of all scripts as the one stream that they are.
fn patch_loader_data(
    scripts: &[Script],
    patcher: &mut Patcher<'_>,
    done: &mut Scripts,
    rules: &Rules,
) {
    let found: Vec<Vec<Literal>> = scripts
        .iter()
        .map(|script| match script.kind {
            ScriptKind::Code => enqueue::literals(&script.text, &rules.document.enqueue),
            _ => Vec::new(),
        })
        .collect();
    let all: Vec<&Literal> = found.iter().flatten().collect();
    let before = patcher.counts;
    let new = enqueue::patch(&all, patcher);
    done.bootstraps += usize::from(says_who(before, patcher.counts));
    let Some(new) = new else { return };
    let mut new = new.as_slice();
    for ((script, literals), text) in scripts.iter().zip(&found).zip(&mut done.texts) {
        if let Some((own, rest)) = new.split_at_checked(literals.len())
            && !own.is_empty()
        {
            *text = Some(enqueue::exchange(&script.text, literals, own));
            new = rest;
        }
    }
}

fn says_who(before: Counts, after: Counts) -> bool {
    let says = |counts: Counts| counts.access_token + counts.signed_in + counts.signed_out;
    says(after) > says(before)
}

/// An import map without the hashes of files that are rewritten on their way.
fn without_integrity(text: &str, done: &mut Scripts) -> Option<String> {
    let Members(members) = Members::read(text.trim())?;
    let kept = members.iter().filter(|(key, _)| key != "integrity");
    if kept.clone().count() == members.len() {
        return None;
    }
    done.integrity += 1;
    let written = Members::write(kept.map(|(key, value)| (key.as_str(), *value)));
    Some(escape_json(&written))
}
