//! The GPTs and projects of an account.
//!
//! Called for the list of models. Protocol: GPTs and projects.

use chatgpt::gizmo::{Gizmo, gizmos_in};
use serde_json::Value;

use super::call::Call;
use crate::failure::Failure;

const LISTS: [&str; 2] = [
    "/backend-api/gizmos/bootstrap?limit=20",
    "/backend-api/gizmos/snorlax/sidebar?conversations_per_gizmo=0",
];

/// All of them; a list that upstream does not have is empty.
pub(super) async fn list(call: &Call) -> Result<Vec<Gizmo>, Failure> {
    let mut all: Vec<Gizmo> = Vec::new();
    let mut failure = None;
    for path in LISTS {
        match call.get_json::<Value>(path).await {
            Ok(answer) => all.extend(gizmos_in(&answer)),
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(failure) if all.is_empty() => Err(failure),
        _ => Ok(all),
    }
}
