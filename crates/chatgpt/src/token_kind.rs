//! What kind of token a pasted text is, told by what it looks like.
//!
//! Knows nothing of gateway keys: they are compared, not recognised. Used by `upstream` for
//! callers' own tokens and by `accounts` for imports. Protocol: authentication.

use crate::access_token::{self, Claims};
use crate::session_cookie;

/// The header `{"alg":"dir"` of an encrypted token, encoded.
const ENCRYPTED_TOKEN_START: &str = "eyJhbGciOiJkaXI";

/// How many characters a RefreshToken of the auth0 days has.
const AUTH0_TOKEN_CHARS: usize = 45;

/// The client id of the mobile app.
pub const MOBILE_CLIENT_ID: &str = "pdlLIX2Y72MIl2rhLhTE9VV9bN905kBh";

/// The public client id of the Codex command-line client.
pub const CODEX_CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";

/// A kind of token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// Opens an account for some days.
    AccessToken(Claims),
    /// Buys an AccessToken from the sign-in service; of which client, if the text tells.
    RefreshToken(Option<RefreshFamily>),
    /// The cookie of a browser's session, or its value.
    SessionToken,
    /// An AccessToken that only a relay of the operator's understands.
    RelayToken,
    /// A key of the API platform, which opens no ChatGPT account.
    PlatformKey,
    /// Something else: a seed perhaps, or nothing.
    Unknown,
}

/// The client that a RefreshToken was made for. Only that client may use it.
///
/// The `rt_…` tokens of all clients look alike. Whoever imports one looks at what came with
/// it ([`RefreshFamily::of_client`]) or asks. If nothing tells, it is sent as the configured
/// client's, once: the sign-in service refuses another client's token without spending it,
/// and it is never sent a second time under another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefreshFamily {
    /// The mobile app: long-lived tokens, some of which never change.
    Mobile,
    /// The Codex command-line client: every token is good for one use.
    Codex,
}

impl RefreshFamily {
    /// The family of an OAuth client, as an AccessToken names it.
    pub fn of_client(client_id: &str) -> Option<Self> {
        match client_id {
            MOBILE_CLIENT_ID => Some(Self::Mobile),
            CODEX_CLIENT_ID => Some(Self::Codex),
            _ => None,
        }
    }
}

/// Recognises one token, without its workspace.
pub fn recognise(text: &str) -> TokenKind {
    let text = text.trim();
    if session_cookie::value_in(text).is_some() || is_encrypted_token(text) {
        return TokenKind::SessionToken;
    }
    if let Some(claims) = access_token::claims(text) {
        return TokenKind::AccessToken(claims);
    }
    if !text.chars().all(is_token_char) {
        return TokenKind::Unknown;
    }
    let begins = |start: &str| text.strip_prefix(start).is_some_and(|it| !it.is_empty());
    if begins("rt_") || begins("rt.") {
        TokenKind::RefreshToken(None)
    } else if begins("sess-") {
        TokenKind::SessionToken
    } else if begins("fk-") {
        TokenKind::RelayToken
    } else if begins("sk-") {
        TokenKind::PlatformKey
    } else if text.len() == AUTH0_TOKEN_CHARS && !text.contains('.') {
        TokenKind::RefreshToken(Some(RefreshFamily::Mobile))
    } else {
        TokenKind::Unknown
    }
}

/// Splits `token,account_id` at its comma.
pub fn split_workspace(text: &str) -> (&str, Option<&str>) {
    match text.split_once(',') {
        Some((token, account)) => {
            let account = account.trim();
            (token.trim(), (!account.is_empty()).then_some(account))
        }
        None => (text.trim(), None),
    }
}

/// A JWE: five segments, of which only the key may be empty.
fn is_encrypted_token(text: &str) -> bool {
    let mut empty = text.split('.').map(str::is_empty);
    text.starts_with(ENCRYPTED_TOKEN_START)
        && text.chars().all(is_token_char)
        && text.split('.').count() == 5
        && !empty.nth(2).unwrap_or(true)
        && !empty.any(|is_empty| is_empty)
}

fn is_token_char(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{RefreshFamily, TokenKind, recognise, split_workspace};

    const JWE: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..c29tZS1pdg.Y2lwaGVy.dGFn";
    const AUTH0: &str = "QWxs_dGhhdCBnbGl0dGVycyBpcyBub3QgZ29sZA-01234";

    fn kind(text: &str) -> &'static str {
        match recognise(text) {
            TokenKind::AccessToken(_) => "access",
            TokenKind::RefreshToken(Some(RefreshFamily::Mobile)) => "refresh, mobile",
            TokenKind::RefreshToken(Some(RefreshFamily::Codex)) => "refresh, codex",
            TokenKind::RefreshToken(None) => "refresh",
            TokenKind::SessionToken => "session",
            TokenKind::RelayToken => "relay",
            TokenKind::PlatformKey => "platform",
            TokenKind::Unknown => "unknown",
        }
    }

    #[test]
    fn tokens_are_told_apart_by_what_they_look_like() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1765810799}"#);
        let access = format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl");
        let long_key = format!("sk-proj-{}", "a".repeat(37));
        assert_eq!((AUTH0.len(), long_key.len()), (45, 45));
        let cookie = format!("oai-did=1; __Secure-next-auth.session-token={JWE}");
        for (text, expected) in [
            (access.as_str(), "access"),
            (&format!("  {access}\n"), "access"),
            (AUTH0, "refresh, mobile"),
            ("rt_aXJvbi1hbmQtYnJhc3M.c29tZXRoaW5n-long-enough", "refresh"),
            ("rt.1.AbCdEfGh", "refresh"),
            (JWE, "session"),
            (&cookie, "session"),
            ("sess-AbCdEf0123456789", "session"),
            ("fk-AbCdEf0123456789", "relay"),
            ("sk-AbCdEf0123456789", "platform"),
            (&long_key, "platform"),
            // A seed, a sentence, a tag, and pieces of the above.
            ("my-team-seed", "unknown"),
            ("forty-five characters, but this is a sentence", "unknown"),
            ("", "unknown"),
            ("rt_", "unknown"),
            ("fk-", "unknown"),
            ("rt_with a space", "unknown"),
            ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0...x.y", "unknown"),
            ("eyJhbGciOiJSUzI1NiJ9.e30", "unknown"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn a_client_id_names_the_family_of_a_refresh_token() {
        let of = RefreshFamily::of_client;
        assert_eq!(
            of("app_EMoamEEZ73f0CkXaXp7hrann"),
            Some(RefreshFamily::Codex)
        );
        assert_eq!(
            of("pdlLIX2Y72MIl2rhLhTE9VV9bN905kBh"),
            Some(RefreshFamily::Mobile)
        );
        assert_eq!(of("app_another"), None);
    }

    #[test]
    fn a_workspace_is_what_follows_the_comma() {
        assert_eq!(split_workspace(" fk-a , ws "), ("fk-a", Some("ws")));
        assert_eq!(split_workspace("fk-a,"), ("fk-a", None));
        assert_eq!(split_workspace("fk-a"), ("fk-a", None));
    }
}
