//! How it stands with each account's pages, for the operator: the build, when it was good last, and
//! what was found in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rewrite::Document;
use serde::Serialize;

/// How it stands with one account's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MirrorStanding {
    /// The account's name.
    pub account: String,
    /// Upstream's word for the build, of the last page that was good.
    pub build: Option<String>,
    /// When that build was first seen, in Unix seconds.
    pub first_seen: Option<u64>,
    /// When a page was last good, in Unix seconds.
    pub last_good: Option<u64>,
    /// Why the last page was not served; nothing when it was.
    pub reason: Option<String>,
    /// What was looked for in the last good page, and how often it was found.
    pub probes: Vec<ProbeResult>,
}

/// One thing that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeResult {
    /// What.
    pub rule: &'static str,
    /// How often it was found.
    pub applied: usize,
}

#[derive(Debug, Default)]
pub(super) struct Standings(Mutex<BTreeMap<[u8; 16], MirrorStanding>>);

impl Standings {
    pub(super) fn all(&self) -> Vec<MirrorStanding> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().cloned().collect()
    }

    pub(super) fn good(&self, key: [u8; 16], account: &str, document: &Document, now: u64) {
        let probes = document.probes.iter().map(|it| ProbeResult {
            rule: it.rule,
            applied: it.applied,
        });
        let probes = probes.collect();
        self.change(key, account, |it| {
            if it.build != document.build {
                it.build.clone_from(&document.build);
                it.first_seen = Some(now);
            }
            it.last_good = Some(now);
            it.reason = None;
            it.probes = probes;
        });
    }

    pub(super) fn bad(&self, key: [u8; 16], account: &str, reason: &str) {
        self.change(key, account, |it| it.reason = Some(reason.to_owned()));
    }

    fn change(&self, key: [u8; 16], account: &str, change: impl FnOnce(&mut MirrorStanding)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = all.entry(key).or_insert_with(|| MirrorStanding {
            account: account.to_owned(),
            build: None,
            first_seen: None,
            last_good: None,
            reason: None,
            probes: Vec::new(),
        });
        account.clone_into(&mut standing.account);
        change(standing);
    }
}
