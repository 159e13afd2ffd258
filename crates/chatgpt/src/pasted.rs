//! The tokens in a piece of JSON that somebody pastes.
//!
//! Reads `~/.codex/auth.json`, the answer of `/api/auth/session`, and a bare answer of the
//! sign-in service. Single tokens are `token_kind`'s. Used by `accounts` for imports.

use serde_json::Value;

use crate::access_token;
use crate::token_kind::RefreshFamily;

/// What the JSON holds. It cannot be printed, because it holds tokens.
#[derive(Default, PartialEq, Eq)]
pub struct PastedTokens {
    /// The AccessToken.
    pub access_token: Option<String>,
    /// The RefreshToken.
    pub refresh_token: Option<String>,
    /// The client that the RefreshToken was made for, if the JSON tells.
    pub family: Option<RefreshFamily>,
    /// The token that says who signed in.
    pub id_token: Option<String>,
    /// The session of a browser.
    pub session_token: Option<String>,
    /// The workspace that was chosen.
    pub workspace: Option<String>,
}

/// Reads the tokens; `None` when the text is not JSON, or holds no token that opens an account.
pub fn read(text: &str) -> Option<PastedTokens> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    let nested = value.get("tokens").filter(|tokens| tokens.is_object());
    let tokens = nested.unwrap_or(&value);
    let said = |place: &str| {
        let text = tokens.pointer(place)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let access_token = said("/access_token").or_else(|| said("/accessToken"));
    let client = access_token.as_deref().and_then(|token| {
        let client_id = access_token::claims(token)?.client_id?;
        RefreshFamily::of_client(&client_id)
    });
    let found = PastedTokens {
        // Only the Codex client keeps its tokens under this name.
        family: client.or(nested.map(|_| RefreshFamily::Codex)),
        access_token,
        refresh_token: said("/refresh_token"),
        id_token: said("/id_token"),
        session_token: said("/sessionToken"),
        workspace: said("/account_id").or_else(|| said("/account/id")),
    };
    let opens_something = found.access_token.is_some()
        || found.refresh_token.is_some()
        || found.session_token.is_some();
    opens_something.then_some(found)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::read;
    use crate::token_kind::{MOBILE_CLIENT_ID, RefreshFamily};

    const WORKSPACE: &str = "11111111-2222-4333-8444-555555555555";

    #[test]
    fn the_file_of_the_codex_client_is_read() {
        let text = json!({
            "auth_mode": "chatgpt",
            "OPENAI_API_KEY": null,
            "tokens": {
                "id_token": "eyJ.id", "access_token": "eyJ.access", "refresh_token": "rt_a",
                "account_id": WORKSPACE,
            },
            "last_refresh": "2025-12-05T10:00:00.000000Z",
        });
        let read = read(&format!("{text:#}\n")).unwrap();
        assert_eq!(read.access_token.as_deref(), Some("eyJ.access"));
        assert_eq!(read.refresh_token.as_deref(), Some("rt_a"));
        assert_eq!(read.id_token.as_deref(), Some("eyJ.id"));
        assert_eq!(read.workspace.as_deref(), Some(WORKSPACE));
        assert_eq!(read.family, Some(RefreshFamily::Codex));
        assert_eq!(read.session_token, None);
    }

    #[test]
    fn the_answer_of_a_web_session_is_read() {
        let text = json!({
            "user": {"id": "user-a"}, "account": {"id": WORKSPACE, "planType": "plus"},
            "accessToken": "eyJ.access", "sessionToken": "eyJ.session", "expires": "2026-03-05",
        });
        let read = read(&text.to_string()).unwrap();
        assert_eq!(read.access_token.as_deref(), Some("eyJ.access"));
        assert_eq!(read.session_token.as_deref(), Some("eyJ.session"));
        assert_eq!(read.workspace.as_deref(), Some(WORKSPACE));
        assert_eq!((read.refresh_token, read.family), (None, None));
    }

    #[test]
    fn an_access_token_beside_a_refresh_token_names_its_client() {
        let payload = URL_SAFE_NO_PAD.encode(json!({"client_id": MOBILE_CLIENT_ID}).to_string());
        let text = json!({"access_token": format!("eyJ.{payload}.c"), "refresh_token": "rt_a"});
        let read = read(&text.to_string()).unwrap();
        assert_eq!(read.family, Some(RefreshFamily::Mobile));
    }

    #[test]
    fn what_opens_nothing_is_not_read() {
        for text in [
            "",
            "rt_a",
            "[]",
            "{}",
            "7",
            r#"{"tokens":null,"OPENAI_API_KEY":"sk-a"}"#,
            r#"{"access_token":""}"#,
            r#"{"WARNING_BANNER":"do not share"}"#,
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
