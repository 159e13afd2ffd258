//! What the sign-in service answers: tokens, device codes, refusals.
//!
//! Only reads; what a refusal means for an account is decided in `upstream::sign_in`.
//! Nothing here that holds a token can be printed. Protocol: Codex CLI OAuth.

use serde_json::Value;

/// Tokens, each of which may be absent: then the old one stays good.
#[derive(Default)]
pub struct TokenAnswer {
    /// The AccessToken.
    pub access_token: Option<String>,
    /// The RefreshToken that takes the place of the one that was sent.
    pub refresh_token: Option<String>,
    /// For how many seconds the AccessToken is good.
    pub expires_in: Option<u64>,
}

/// A device code, to be shown to a person.
pub struct DeviceCode {
    /// What the sign-in is asked after with.
    pub device_auth_id: String,
    /// What the person types.
    pub user_code: String,
    /// Seconds between two questions.
    pub interval: Option<u64>,
}

/// A sign-in that a person has finished elsewhere, to be exchanged for tokens.
pub struct DeviceGrant {
    /// The code.
    pub authorization_code: String,
    /// What proves that the code is ours.
    pub code_verifier: String,
}

/// An error in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The service's word for it.
    pub code: Option<String>,
}

impl TokenAnswer {
    /// Reads an answer; what is not an object holds nothing.
    pub fn read(body: &[u8]) -> Self {
        let value = object(body).unwrap_or_default();
        Self {
            access_token: text(&value, "access_token"),
            refresh_token: text(&value, "refresh_token"),
            expires_in: number(&value, "expires_in"),
        }
    }
}

impl DeviceCode {
    /// Reads an answer; both spellings of the code are known.
    pub fn read(body: &[u8]) -> Option<Self> {
        let value = object(body)?;
        Some(Self {
            device_auth_id: text(&value, "device_auth_id")?,
            user_code: text(&value, "user_code").or_else(|| text(&value, "usercode"))?,
            interval: number(&value, "interval"),
        })
    }
}

impl DeviceGrant {
    /// Reads an answer.
    pub fn read(body: &[u8]) -> Option<Self> {
        let value = object(body)?;
        Some(Self {
            authorization_code: text(&value, "authorization_code")?,
            code_verifier: text(&value, "code_verifier")?,
        })
    }
}

impl Refusal {
    /// Reads an error; `None` for anything but an object of JSON.
    pub fn read(body: &[u8]) -> Option<Self> {
        let value = object(body)?;
        let places = ["/error/code", "/error", "/code", "/detail/code"];
        let mut codes = places.into_iter().filter_map(|place| {
            let code = value.pointer(place)?.as_str()?;
            Some(code.to_owned())
        });
        Some(Self { code: codes.next() })
    }
}

fn object(body: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value.is_object().then_some(value)
}

/// A text that is not empty.
fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number, or the text of one.
fn number(value: &Value, key: &str) -> Option<u64> {
    let value = value.get(key)?;
    let parsed = || value.as_str()?.trim().parse().ok();
    value.as_u64().or_else(parsed)
}

#[cfg(test)]
mod tests {
    use super::{DeviceCode, DeviceGrant, Refusal, TokenAnswer};

    #[test]
    fn every_token_may_be_absent() {
        let answer = TokenAnswer::read(
            br#"{"access_token":"a","refresh_token":"r","expires_in":863999,"scope":"x"}"#,
        );
        assert_eq!(answer.access_token.as_deref(), Some("a"));
        assert_eq!(answer.refresh_token.as_deref(), Some("r"));
        assert_eq!(answer.expires_in, Some(863_999));
        for body in [
            "{}",
            "[]",
            "<html>",
            "",
            r#"{"access_token":"","refresh_token":7}"#,
        ] {
            let answer = TokenAnswer::read(body.as_bytes());
            assert!(answer.access_token.is_none(), "{body}");
            assert!(answer.refresh_token.is_none(), "{body}");
        }
    }

    #[test]
    fn a_device_code_is_read_in_both_spellings() {
        for body in [
            r#"{"device_auth_id":"d","user_code":"ABCD-EFGH","interval":"5"}"#,
            r#"{"device_auth_id":"d","usercode":"ABCD-EFGH","interval":5}"#,
        ] {
            let code = DeviceCode::read(body.as_bytes()).unwrap();
            assert_eq!(code.user_code, "ABCD-EFGH");
            assert_eq!(code.interval, Some(5));
        }
        assert!(DeviceCode::read(br#"{"device_auth_id":"d"}"#).is_none());
        let grant = DeviceGrant::read(br#"{"authorization_code":"c","code_verifier":"v"}"#);
        assert_eq!(grant.unwrap().code_verifier, "v");
    }

    #[test]
    fn a_refusal_is_read_in_every_shape() {
        for (body, code) in [
            (
                r#"{"error":"invalid_grant","error_description":"x"}"#,
                Some("invalid_grant"),
            ),
            (
                r#"{"error":{"code":"refresh_token_reused","message":"x","type":"y"}}"#,
                Some("refresh_token_reused"),
            ),
            (
                r#"{"code":"refresh_token_expired"}"#,
                Some("refresh_token_expired"),
            ),
            (r#"{"error":{"code":null}}"#, None),
            (r#"{"detail":"Unauthorized"}"#, None),
        ] {
            let refusal = Refusal::read(body.as_bytes()).unwrap();
            assert_eq!(refusal.code.as_deref(), code, "{body}");
        }
        for body in ["", "<html>access_denied</html>", "\"access_denied\"", "[]"] {
            assert_eq!(Refusal::read(body.as_bytes()), None, "{body}");
        }
    }
}
