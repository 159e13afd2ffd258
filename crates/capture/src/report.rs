//! What of a capture is known, and what is not: how a change of the protocol is noticed.
//!
//! Looks at the answers only; requests are our own. Called by `flowgpt record` and
//! `flowgpt replay`.

mod answers;
mod finding;
mod names;
mod objects;
mod stream;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::capture::Capture;
use crate::exchange::Body;
pub use finding::Finding;
use finding::Findings;

/// What a capture holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many exchanges there are.
    pub exchanges: usize,
    /// How many events the streams among them have.
    pub events: usize,
    /// What is not known.
    pub unknown: Vec<Finding>,
    /// What is known, and how often it was seen, by what it is.
    pub understood: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Routes whose answers nobody looks into, and how often each was asked.
    pub not_looked_into: BTreeMap<String, usize>,
}

impl Report {
    /// Whether everything is known.
    pub fn is_clean(&self) -> bool {
        self.unknown.is_empty()
    }
}

/// Looks through a capture.
pub fn report(capture: &Capture) -> Report {
    let mut findings = Findings::default();
    let mut events = 0;
    let mut not_looked_into = BTreeMap::new();
    for (file, exchange) in &capture.exchanges {
        findings.enter(file);
        let is_known = match &exchange.response {
            Body::Events(stream) => {
                events += stream.events.len();
                stream::look_through(&stream.events, &mut findings);
                true
            }
            Body::Json(value) => answers::look_through(exchange, value, &mut findings),
            Body::Empty | Body::Other { .. } => true,
        };
        if !is_known {
            let route = format!("{} {}", exchange.method, exchange.path);
            *not_looked_into.entry(route).or_default() += 1;
        }
    }
    let (unknown, understood) = findings.settle();
    Report {
        exchanges: capture.exchanges.len(),
        events,
        unknown,
        understood,
        not_looked_into,
    }
}
