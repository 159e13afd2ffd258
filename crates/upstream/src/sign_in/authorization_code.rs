//! A sign-in in a browser: where to send it, and tokens for the code it comes back with.
//!
//! The code is bound to a secret of ours (PKCE), so nobody else can use it. Chance is given
//! by the caller. Protocol: Codex CLI OAuth; RFC 7636.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chatgpt::sign_in::TokenAnswer;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

use super::callback::code_in;
use super::sign_in_error::SignInError;
use super::{FreshTokens, SignIn};
use crate::egress::Egress;

/// Where the browser ends: nobody listens there, so its address is copied by hand. The
/// sign-in service knows no other for the default client.
pub const LOCAL_REDIRECT: &str = "http://localhost:1455/auth/callback";

const SCOPE: &str = "openid profile email offline_access";

/// Our own name, as what the sign-in is for.
const ORIGINATOR: &str = "flowgpt";

/// A sign-in that somebody has begun in a browser. Good for one use; its prints show nothing.
#[derive(Clone)]
pub struct PendingSignIn {
    /// What to open in the browser.
    pub authorize_url: Url,
    /// Where the browser will end.
    pub redirect: String,
    /// What its last address must repeat.
    pub state: SecretString,
    /// What proves that the code is ours.
    pub verifier: SecretString,
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingSignIn")
    }
}

impl SignIn {
    /// Begins a sign-in that ends at `redirect`; `chance` must be fit for secrets.
    pub fn begin(&self, redirect: &str, chance: &[u8; 64]) -> PendingSignIn {
        let (for_verifier, for_state) = chance.split_at(32);
        let verifier = URL_SAFE_NO_PAD.encode(for_verifier);
        let state = URL_SAFE_NO_PAD.encode(for_state);
        let mut authorize_url = self.address("/oauth/authorize");
        authorize_url
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.oauth_client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", SCOPE)
            .append_pair("code_challenge", &challenge(&verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("id_token_add_organizations", "true")
            .append_pair("codex_cli_simplified_flow", "true")
            .append_pair("state", &state)
            .append_pair("originator", ORIGINATOR);
        PendingSignIn {
            authorize_url,
            redirect: redirect.to_owned(),
            state: state.into(),
            verifier: verifier.into(),
        }
    }

    /// Ends a sign-in with the address the browser ended on, or what follows its question mark.
    ///
    /// After `NotACallback` and `OtherSignIn` another address may be given, and after
    /// `Unreachable` the same; after anything else the sign-in is over.
    pub async fn finish(
        &self,
        pending: &PendingSignIn,
        address: &str,
        egress: &Egress,
    ) -> Result<FreshTokens, SignInError> {
        let code = code_in(address, &pending.state)?;
        let (code, verifier) = (code.expose_secret(), pending.verifier.expose_secret());
        self.exchange_code(code, verifier, &pending.redirect, egress)
            .await
    }

    /// Buys tokens with a code, once.
    pub(super) async fn exchange_code(
        &self,
        code: &str,
        verifier: &str,
        redirect: &str,
        egress: &Egress,
    ) -> Result<FreshTokens, SignInError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("client_id", &self.settings.oauth_client_id),
            ("code_verifier", verifier),
        ];
        let address = self.address("/oauth/token");
        let answer = self
            .post_form(egress, address, &fields)
            .await
            .map_err(|lost| SignInError::no_answer(&lost, egress))?;
        let unusable = SignInError::refused(&answer, egress);
        if !answer.is_success() || answer.is_page() {
            return Err(unusable);
        }
        self.fresh_tokens(TokenAnswer::read(&answer.body))
            .ok_or(unusable)
    }
}

/// What goes with the browser, so that the verifier need not.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::challenge;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
