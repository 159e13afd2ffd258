//! Authorization codes: what each stands for, good once and for ten minutes, and the proof that who
//! brings one is who asked for it (PKCE).

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::clients::Client;
use super::refresh_tokens::RefreshFamily;
use crate::token_spec::Holder;

/// The protocol does not say how long; this is long enough for a person to copy an address.
const LIFETIME: Duration = Duration::from_mins(10);

/// How long a verifier may be.
const VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// Where a sign-in ends, which has to be named again with the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    /// The address of the authorize step.
    To(String),
    /// The callback of the device flow, at whatever address the sign-in service is reached.
    Device,
}

impl Redirect {
    fn is(&self, named: &str) -> bool {
        match self {
            Self::To(redirect) => redirect == named,
            Self::Device => named.ends_with("/deviceauth/callback"),
        }
    }
}

/// What a code stands for.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) client: Client,
    pub(super) kind: RefreshFamily,
    pub(super) redirect: Redirect,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) holder: Holder,
}

impl Grant {
    /// What is wrong with the rest of what came with the code.
    pub(super) fn objection(
        &self,
        client: Client,
        redirect: &str,
        verifier: &str,
    ) -> Option<&'static str> {
        if client != self.client {
            Some("The authorization code was issued to another client.")
        } else if !self.redirect.is(redirect) {
            Some("The redirect_uri is not that of the authorize step.")
        } else if !VERIFIER_LENGTH.contains(&verifier.len())
            || challenge(verifier) != self.challenge
        {
            Some("Failed to verify code verifier")
        } else {
            None
        }
    }
}

/// The challenge that a verifier answers.
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The codes that are out.
#[derive(Default)]
pub(super) struct Codes(HashMap<String, (Grant, SystemTime)>);

impl Codes {
    /// Lets a code stand for a grant; the codes whose time is over are forgotten.
    pub(super) fn give_out(&mut self, code: String, grant: Grant, now: SystemTime) {
        self.0.retain(|_, (_, expires)| *expires > now);
        self.0.insert(code, (grant, now + LIFETIME));
    }

    /// Takes a code in. It cannot be used again, even if the rest of the request is refused: the
    /// protocol does not say, and so the stricter reading holds.
    pub(super) fn spend(&mut self, code: &str, now: SystemTime) -> Option<Grant> {
        let (grant, expires) = self.0.remove(code)?;
        (expires > now).then_some(grant)
    }
}
