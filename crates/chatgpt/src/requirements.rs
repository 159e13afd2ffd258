//! The sentinel's answers: what upstream demands before it takes a conversation.
//!
//! One shape serves the one-step answer and both steps of the two-step one. Read by
//! `upstream`. Protocol: sentinel.

use serde::{Deserialize, Serialize};

/// `POST …/chat-requirements` (one step), and `…/prepare` (the first of two).
#[derive(Debug, Serialize)]
pub struct RequirementsRequest<'a> {
    /// The requirements token.
    pub p: &'a str,
}

/// `POST …/finalize` (the second of two).
#[derive(Debug, Serialize)]
pub struct FinalizeRequest<'a> {
    /// From the first step.
    pub prepare_token: &'a str,
    /// The proof of work, where demanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proofofwork: Option<&'a str>,
}

/// What upstream demands.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Requirements {
    /// The requirements token, in the one-step answer and after the second step.
    pub token: Option<String>,
    /// The token for the second step.
    pub prepare_token: Option<String>,
    /// A browser check.
    pub turnstile: Option<Demand>,
    /// An older browser check.
    pub arkose: Option<Demand>,
    /// The newest browser check.
    pub so: Option<Demand>,
    /// A proof of work.
    pub proofofwork: Option<ProofDemand>,
    /// Signed-out use is over.
    pub force_login: Option<bool>,
}

/// A check that is demanded or not.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Demand {
    /// Whether it is demanded.
    pub required: bool,
}

/// A proof of work that is demanded or not.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProofDemand {
    /// Whether it is demanded.
    pub required: bool,
    /// What to hash before the answer.
    pub seed: String,
    /// How hard it is, in hex digits.
    pub difficulty: String,
}
