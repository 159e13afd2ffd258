//! Looks through the JSON answer of one exchange.
//!
//! Called by `report`.

use serde_json::Value;

use super::finding::Findings;
use super::objects;
use crate::exchange::Exchange;
use crate::known_keys;

/// Statuses of answers that are none.
const FIRST_ERROR: u16 = 400;

/// Looks through an answer; `false` when nobody knows what its route answers.
pub(super) fn look_through(exchange: &Exchange, value: &Value, findings: &mut Findings) -> bool {
    let kind = if exchange.status >= FIRST_ERROR {
        Some("error")
    } else {
        known_keys::answer_kind(&exchange.method, &exchange.path)
    };
    let Some(kind) = kind else {
        return false;
    };
    findings.seen("answer", kind);
    objects::look_through(value, kind, "", findings);
    true
}
