//! What is inside an export. Nothing of it can be printed, because it holds tokens.

use serde::{Deserialize, Serialize};

use crate::policy::KeyPolicy;

pub(super) const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) version: u32,
    pub(super) accounts: Vec<ExportedAccount>,
    pub(super) keys: Vec<ExportedKey>,
    pub(super) seeds: Vec<ExportedSeed>,
}

/// An account with at least one token.
#[derive(Serialize, Deserialize)]
pub(super) struct ExportedAccount {
    /// What seeds and keys of the export call it.
    pub(super) id: String,
    /// What tells the ChatGPT account from others, where that is known.
    pub(super) identity: Option<String>,
    pub(super) label: String,
    pub(super) source: String,
    pub(super) device_id: String,
    pub(super) workspace: Option<String>,
    #[serde(default)]
    pub(super) base_url: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) egress: Option<String>,
    pub(super) max_in_use: Option<u32>,
    pub(super) is_disabled: bool,
    pub(super) access_token: Option<String>,
    pub(super) access_expires_at: Option<i64>,
    pub(super) refresh_token: Option<String>,
    pub(super) refresh_client: Option<String>,
}

/// A key without its secret.
#[derive(Serialize, Deserialize)]
pub(super) struct ExportedKey {
    pub(super) name: String,
    pub(super) policy: KeyPolicy,
    pub(super) is_disabled: bool,
    pub(super) expires_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ExportedSeed {
    pub(super) seed: String,
    pub(super) account_id: String,
}
