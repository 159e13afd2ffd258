//! The GPTs and projects of each account, kept for a while.
//!
//! Called for the list of models. Protocol: GPTs and projects.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chatgpt::gizmo::{Gizmo, gizmos_in};
use serde_json::Value;
use tokio::time::Instant;

use super::call::Call;
use crate::failure::Failure;

const LISTS: [&str; 2] = [
    "/backend-api/gizmos/bootstrap?limit=20",
    "/backend-api/gizmos/snorlax/sidebar?conversations_per_gizmo=0",
];

/// How long a list is believed.
const FRESH: Duration = Duration::from_mins(10);

/// More accounts than this and the memory starts anew.
const MAX_ACCOUNTS: usize = 10_000;

/// The lists known.
#[derive(Debug, Default)]
pub(super) struct GizmoCache {
    known: Mutex<HashMap<[u8; 16], Known>>,
}

type Known = (Arc<Vec<Gizmo>>, Instant);

impl GizmoCache {
    /// All of an account's; a list that upstream does not have is empty.
    pub(super) async fn get(&self, call: &Call) -> Result<Arc<Vec<Gizmo>>, Failure> {
        let key = call.credential.token_key();
        if let Some((gizmos, since)) = self.remembered(key)
            && since.elapsed() < FRESH
        {
            return Ok(gizmos);
        }
        let gizmos = Arc::new(ask(call).await?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ACCOUNTS {
            known.clear();
        }
        known.insert(key, (Arc::clone(&gizmos), Instant::now()));
        Ok(gizmos)
    }

    fn remembered(&self, key: [u8; 16]) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).cloned()
    }
}

async fn ask(call: &Call) -> Result<Vec<Gizmo>, Failure> {
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
