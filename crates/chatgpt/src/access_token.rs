//! What an AccessToken says about itself.
//!
//! Decodes the payload without verifying it: the token is upstream's to verify. No clock:
//! whether it has expired is the caller's question. Protocol: access token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::loose::LooseText;

/// The claims that matter here; every one may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Unix seconds.
    pub expires_at: Option<u64>,
    /// The account's UUID.
    pub account_id: Option<String>,
    /// The user's id.
    pub user_id: Option<String>,
    /// The OAuth client the token was made for.
    pub client_id: Option<String>,
    /// The plan, as upstream names it.
    pub plan: Option<String>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(default)]
    exp: Option<f64>,
    #[serde(default, borrow)]
    client_id: LooseText<'a>,
    #[serde(rename = "https://api.openai.com/auth", default)]
    auth: Option<Auth>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    #[serde(rename = "chatgpt_account_id")]
    account: Option<String>,
    #[serde(rename = "chatgpt_user_id")]
    user: Option<String>,
    #[serde(rename = "user_id")]
    older_user: Option<String>,
    #[serde(rename = "chatgpt_plan_type")]
    plan: Option<String>,
}

/// Reads the claims of `token`; `None` when it is not a JWT.
pub fn claims(token: &str) -> Option<Claims> {
    let mut segments = token.split('.');
    let (_header, payload, _signature) = (segments.next()?, segments.next()?, segments.next()?);
    if segments.next().is_some() || !token.starts_with("eyJ") {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload: Payload = serde_json::from_slice(&payload).ok()?;
    let auth = payload.auth.unwrap_or_default();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates"
    )]
    let expires_at = payload.exp.map(|seconds| seconds as u64);
    Some(Claims {
        expires_at,
        account_id: auth.account,
        user_id: auth.user.or(auth.older_user),
        client_id: payload.client_id.said().map(str::to_owned),
        plan: auth.plan,
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::claims;

    fn token(payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            encode("{\"alg\":\"RS256\"}"),
            encode(payload),
            "c2ln"
        )
    }

    #[test]
    fn claims_are_read_and_may_be_absent() {
        let full = claims(&token(
            r#"{"exp":1765810799,"client_id":"app_X","https://api.openai.com/auth":{"chatgpt_account_id":"A","chatgpt_user_id":"U","chatgpt_plan_type":"plus"}}"#,
        ))
        .unwrap();
        assert_eq!(full.expires_at, Some(1_765_810_799));
        assert_eq!(full.account_id.as_deref(), Some("A"));
        assert_eq!(full.user_id.as_deref(), Some("U"));
        assert_eq!(full.client_id.as_deref(), Some("app_X"));
        assert_eq!(full.plan.as_deref(), Some("plus"));
        for bare in ["{}", r#"{"client_id":7}"#] {
            assert_eq!(claims(&token(bare)), Some(super::Claims::default()));
        }
    }

    #[test]
    fn what_is_not_a_jwt_has_no_claims() {
        for text in [
            "",
            "sk-abc",
            "eyJ",
            "eyJ.x.y",
            "eyJh.e30",
            "a.e30.c",
            "eyJh.e30.c.d",
        ] {
            assert_eq!(claims(text), None, "{text}");
        }
    }
}
