//! A document of the official site, turned into one that the mirror may serve.
//!
//! The document is read once (`scan`), every script gets its new text, the document is written
//! (`edit`), secrets are taken out, and then it is checked. What fails a check is not served;
//! keeping the last good document is the caller's business.

mod edit;
mod markup;
mod scan;
mod scripts;

use std::borrow::Cow;

use crate::context::Context;
use crate::csp;
use crate::probe::{self, Probe, Rejected};
use crate::rules::Rules;
use crate::scrub::Scrubber;

use edit::Edits;
use scan::Scan;
use scripts::Scripts;

/// A document ready to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The page.
    pub html: Vec<u8>,
    /// The content security policy that goes with it.
    pub csp: String,
    /// The build that the page says it is from.
    pub build: Option<String>,
    /// The nonce of its scripts.
    pub nonce: String,
    /// What was found.
    pub probes: Vec<Probe>,
}

/// Rewrites one document, which has to be there as a whole.
pub fn rewrite(html: &[u8], context: &Context<'_>, rules: &Rules) -> Result<Document, Rejected> {
    if html.len() > rules.document.max_bytes {
        return Err(Rejected::new(
            "too-large",
            format!(
                "The page has {} bytes, which is too much to check.",
                html.len()
            ),
        ));
    }
    let unreadable = |_| Rejected::new("unreadable", "The page cannot be read as HTML.");
    let scan = scan::scan(html, rules).map_err(unreadable)?;
    let nonce = scan
        .nonce
        .as_deref()
        .filter(|nonce| csp::is_nonce(nonce))
        .ok_or_else(|| Rejected::not_found(probe::NONCE))?;
    let scripts = scripts::rewrite(&scan.scripts, context, rules);
    let (edited, edits) = edit::edit(html, nonce, &scripts.texts, rules).map_err(unreadable)?;
    let scrubber = Scrubber::with_identity(context.secrets);
    let (clean, secrets) = scrubber.scrub(Cow::Owned(edited));
    let probes = probes(&scan, &scripts, &edits, secrets, rules);
    if let Some(failed) = failed(&probes) {
        return Err(Rejected::not_found(failed.rule));
    }
    let build = scan
        .build
        .filter(|build| !scrubber.finds_any(build.as_bytes()));
    if scrubber.finds_any(&clean) {
        return Err(Rejected::secret_left());
    }
    Ok(Document {
        html: clean.into_owned(),
        csp: csp::policy(nonce, context.socket_origins),
        build,
        nonce: nonce.to_owned(),
        probes,
    })
}

fn probes(
    scan: &Scan,
    scripts: &Scripts,
    edits: &Edits,
    secrets: usize,
    rules: &Rules,
) -> Vec<Probe> {
    let counts = scripts.counts;
    // A page that does not say so, but has a token, is one for somebody.
    let signed_in = match (counts.signed_in, counts.signed_out) {
        (0, 0) => counts.access_token,
        (yes, _) => yes,
    };
    [
        (probe::NONCE, 1),
        (probe::SHIM, edits.shims),
        (probe::BOOTSTRAP, scripts.bootstraps),
        (probe::SIGNED_IN, signed_in),
        (probe::ACCESS_TOKEN, counts.access_token),
        (probe::ENTRY, scan.entries),
        ("removed-tokens", counts.removed),
        ("identity", counts.identity),
        ("loader", counts.loader),
        ("addresses", edits.addresses + scripts.addresses),
        ("integrity", edits.integrity + scripts.integrity),
        ("meta-policy", edits.policies),
        ("secrets", secrets),
    ]
    .into_iter()
    .map(|(rule, applied)| Probe {
        rule,
        applied,
        is_required: rules.document.required.iter().any(|name| name == rule),
    })
    .collect()
}

fn failed(probes: &[Probe]) -> Option<&Probe> {
    probes
        .iter()
        .find(|probe| probe.is_required && probe.applied == 0)
}

#[cfg(test)]
mod tests;
