//! A sign-in on another device: a person types a code there, and we ask until they have.
//!
//! Who asks keeps the time: not more often than the interval, and not for longer than
//! [`DEVICE_SIGN_IN_LIFETIME`]. Protocol: Codex CLI OAuth, device flow.

use std::fmt;
use std::time::Duration;

use chatgpt::sign_in::{DeviceCode, DeviceGrant, Refusal};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::sign_in_error::SignInError;
use super::{FreshTokens, SignIn};
use crate::egress::Egress;

/// After this long a code is not asked about any more.
pub const DEVICE_SIGN_IN_LIFETIME: Duration = Duration::from_mins(15);

/// Between two questions, when the sign-in service does not say, and at least.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// A sign-in that waits for a person. Its prints show nothing.
#[derive(Clone)]
pub struct DeviceSignIn {
    /// What the person types.
    pub user_code: String,
    /// Where they type it.
    pub verification_url: Url,
    /// At least this long between two questions.
    pub interval: Duration,
    /// What the sign-in is asked after with.
    pub device_auth_id: SecretString,
}

/// What a question brought.
#[derive(Debug, Clone)]
pub enum DevicePoll {
    /// The person is not done.
    Pending,
    /// They are.
    Done(FreshTokens),
}

impl fmt::Debug for DeviceSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSignIn")
    }
}

impl SignIn {
    /// Asks for a code.
    pub async fn begin_device(&self, egress: &Egress) -> Result<DeviceSignIn, SignInError> {
        let body = json!({"client_id": self.settings.oauth_client_id});
        let address = self.address("/api/accounts/deviceauth/usercode");
        let answer = self
            .post_json(egress, address, &body)
            .await
            .map_err(|lost| SignInError::no_answer(&lost, egress))?;
        if answer.status == 404 && !answer.is_page() {
            return Err(SignInError::NoDeviceCodes);
        }
        let code = DeviceCode::read(&answer.body).filter(|_| answer.is_success());
        let code = code.ok_or_else(|| SignInError::refused(&answer, egress))?;
        let interval = code.interval.map_or(USUAL_INTERVAL, Duration::from_secs);
        Ok(DeviceSignIn {
            user_code: code.user_code,
            verification_url: self.address("/codex/device"),
            interval: interval.max(SHORTEST_INTERVAL),
            device_auth_id: code.device_auth_id.into(),
        })
    }

    /// Asks whether the person is done, and buys the tokens when they are.
    ///
    /// `Unreachable`, `Unavailable` and `Lost` may pass: go on asking. After anything else
    /// the sign-in is over.
    pub async fn poll_device(
        &self,
        sign_in: &DeviceSignIn,
        egress: &Egress,
    ) -> Result<DevicePoll, SignInError> {
        let body = json!({
            "device_auth_id": sign_in.device_auth_id.expose_secret(),
            "user_code": sign_in.user_code,
        });
        let address = self.address("/api/accounts/deviceauth/token");
        let answer = self
            .post_json(egress, address, &body)
            .await
            .map_err(|lost| SignInError::no_answer(&lost, egress))?;
        if matches!(answer.status, 403 | 404) && !answer.is_page() {
            let code = Refusal::read(&answer.body).and_then(|refusal| refusal.code);
            return match code.as_deref() {
                Some("access_denied") => Err(SignInError::Declined),
                _ => Ok(DevicePoll::Pending),
            };
        }
        let grant = DeviceGrant::read(&answer.body).filter(|_| answer.is_success());
        let grant = grant.ok_or_else(|| SignInError::refused(&answer, egress))?;
        let redirect = self.address("/deviceauth/callback");
        let tokens = self
            .exchange_code(
                &grant.authorization_code,
                &grant.code_verifier,
                redirect.as_str(),
                egress,
            )
            .await?;
        Ok(DevicePoll::Done(tokens))
    }
}
