//! What one account shows upstream, and the identity that goes with it.
//!
//! Nothing outside this crate can read the token back. Made by `accounts`.

use std::fmt;
use std::sync::Arc;

use chatgpt::access_token;
use chatgpt::token_kind::{TokenKind, recognise, split_workspace};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use crate::egress::Egress;
use crate::failure::{Failure, FailureKind, Retry};

/// An account's AccessToken, its workspace, its stable device id and its way out; or a device
/// on which nobody has signed in; or an API key and the server it is for. Cheap to clone.
#[derive(Clone)]
pub struct Credential(Arc<Facts>);

#[derive(Clone)]
struct Facts {
    /// Nothing where nobody has signed in.
    token: Option<SecretString>,
    account_id: Option<String>,
    expires_at: Option<u64>,
    label: String,
    key: [u8; 16],
    device_id: Uuid,
    egress: Option<Egress>,
    /// Where the token is an API key, the server that it is for.
    platform: Option<Url>,
    /// The session of a browser, for pages; nothing for requests.
    session: Option<SecretString>,
}

/// What a credential is made of when an account is stored.
#[derive(Debug, Clone)]
pub struct CredentialParts {
    /// The AccessToken.
    pub access_token: SecretString,
    /// The workspace to name to upstream; none leaves the choice to it.
    pub workspace: Option<String>,
    /// Names the account in messages.
    pub label: String,
    /// What tells the account from others: what [`identity_of`] said when it was imported.
    pub identity: [u8; 16],
    /// The device that the account has always been used on.
    pub device_id: Uuid,
    /// The account's own way out; none leaves the choice to the driver.
    pub egress: Option<Egress>,
}

/// Why a text is not a usable AccessToken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not a JWT, nor an opaque relay token.
    #[error("this is not an AccessToken (a JWT that begins with eyJ, or fk-… for a relay)")]
    NotAnAccessToken,
    /// A kind of token that must be exchanged first.
    #[error(
        "this looks like a RefreshToken or session token; send the AccessToken that \
         chatgpt.com/api/auth/session shows"
    )]
    NeedsExchange,
}

impl Credential {
    /// Reads `token`, or `token,account_id`; `label` names the account in messages.
    pub fn parse(text: &str, label: impl Into<String>) -> Result<Self, CredentialError> {
        let (token, workspace) = split_workspace(text);
        match recognise(token) {
            TokenKind::AccessToken(_) | TokenKind::RelayToken => {}
            TokenKind::RefreshToken(_) | TokenKind::SessionToken => {
                return Err(CredentialError::NeedsExchange);
            }
            TokenKind::PlatformKey | TokenKind::Unknown => {
                return Err(CredentialError::NotAnAccessToken);
            }
        }
        let access_token = SecretString::from(token);
        let identity = identity_of(&access_token, workspace);
        Ok(Self::from_parts(CredentialParts {
            access_token,
            workspace: workspace.map(str::to_owned),
            label: label.into(),
            identity,
            device_id: device_id_of(identity),
            egress: None,
        }))
    }

    /// The credential of a stored account.
    pub fn from_parts(parts: CredentialParts) -> Self {
        let claims = access_token::claims(parts.access_token.expose_secret());
        Self(Arc::new(Facts {
            token: Some(parts.access_token),
            account_id: parts.workspace,
            expires_at: claims.and_then(|claims| claims.expires_at),
            label: parts.label,
            key: parts.identity,
            device_id: parts.device_id,
            egress: parts.egress,
            platform: None,
            session: None,
        }))
    }

    /// An API key for the server at `base_url`, which speaks as `OpenAI` does.
    pub fn platform(
        key: SecretString,
        base_url: Url,
        label: impl Into<String>,
        egress: Option<Egress>,
    ) -> Self {
        let identity = digest(&["platform", base_url.as_str(), key.expose_secret()]);
        Self(Arc::new(Facts {
            token: Some(key),
            account_id: None,
            expires_at: None,
            label: label.into(),
            key: identity,
            device_id: device_id_of(identity),
            egress,
            platform: Some(base_url),
            session: None,
        }))
    }

    /// What is shown without a sign-in: a device that is always the same one.
    pub fn anonymous(label: impl Into<String>, device_id: Uuid, egress: Option<Egress>) -> Self {
        Self(Arc::new(Facts {
            token: None,
            account_id: None,
            expires_at: None,
            label: label.into(),
            key: digest(&["anonymous", &device_id.to_string()]),
            device_id,
            egress,
            platform: None,
            session: None,
        }))
    }

    /// Whether it is an API key, which is shown to its own server only.
    pub fn is_platform(&self) -> bool {
        self.0.platform.is_some()
    }

    /// Whether nobody has signed in.
    pub fn is_anonymous(&self) -> bool {
        self.0.token.is_none()
    }

    /// The same account acting for another workspace.
    #[must_use]
    pub fn for_workspace(mut self, account_id: String) -> Self {
        Arc::make_mut(&mut self.0).account_id = Some(account_id);
        self
    }

    /// The account's name in messages and logs.
    pub fn label(&self) -> &str {
        &self.0.label
    }

    /// What tells this account from others, and nothing else.
    pub fn key(&self) -> [u8; 16] {
        self.0.key
    }

    /// What tells this very token, acting for this workspace, from every other.
    ///
    /// Claims are not verified here, so what upstream showed a token is remembered by
    /// this, and never by the account that the token claims to be.
    pub fn token_key(&self) -> [u8; 16] {
        let Some(token) = &self.0.token else {
            return self.0.key;
        };
        digest(&[
            "proven",
            token.expose_secret(),
            self.0.account_id.as_deref().unwrap_or_default(),
        ])
    }

    /// Whether the token says that it has expired by `unix_seconds`.
    pub fn is_expired_at(&self, unix_seconds: u64) -> bool {
        self.0.expires_at.is_some_and(|at| at <= unix_seconds)
    }

    /// What the header says; nothing where nobody has signed in.
    pub(crate) fn bearer(&self) -> Option<String> {
        let token = self.0.token.as_ref()?;
        Some(format!("Bearer {}", token.expose_secret()))
    }

    pub(crate) fn account_id(&self) -> Option<&str> {
        self.0.account_id.as_deref()
    }

    /// The same account, with the session of a browser for pages.
    #[must_use]
    pub fn with_session(mut self, session: SecretString) -> Self {
        Arc::make_mut(&mut self.0).session = Some(session);
        self
    }

    /// The session, for the drivers.
    pub(crate) fn session(&self) -> Option<&SecretString> {
        self.0.session.as_ref()
    }

    /// Text with another word wherever the account's token or session stands.
    pub fn scrubbed(&self, text: Vec<u8>, word: &str) -> Vec<u8> {
        let secrets = [self.0.token.as_ref(), self.0.session.as_ref()];
        let secrets = secrets.into_iter().flatten();
        secrets.fold(text, |text, secret| {
            replaced(text, secret.expose_secret().as_bytes(), word.as_bytes())
        })
    }

    /// The workspace that the account acts for, as far as it or its token says.
    pub fn workspace(&self) -> Option<String> {
        let claimed = || access_token::claims(self.0.token.as_ref()?.expose_secret())?.account_id;
        self.0.account_id.clone().or_else(claimed)
    }

    /// The server that an API key is for.
    pub(crate) fn platform_base(&self) -> Option<&Url> {
        self.0.platform.as_ref()
    }

    /// An API key is no sign-in to `ChatGPT`, and is not shown there.
    pub(crate) fn refuse_platform(&self) -> Result<(), Failure> {
        if self.is_platform() {
            return Err(Failure::new(
                FailureKind::Forbidden,
                Retry::OtherAccount,
                "an API key is used with its own server only, and not with ChatGPT",
            ));
        }
        Ok(())
    }

    pub(crate) fn device_id(&self) -> String {
        self.0.device_id.to_string()
    }

    pub(crate) fn egress(&self) -> Option<&Egress> {
        self.0.egress.as_ref()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({})", self.0.label)
    }
}

/// What tells the account behind a token from others, for as long as it exists.
///
/// The user and the workspace where the token names either, and the token itself where it
/// does not. What is kept for an account is kept under this: it must never change.
pub fn identity_of(access_token: &SecretString, workspace: Option<&str>) -> [u8; 16] {
    let token = access_token.expose_secret();
    let claims = access_token::claims(token).unwrap_or_default();
    match (&claims.user_id, workspace.or(claims.account_id.as_deref())) {
        (None, None) => digest(&["token", token]),
        (user, account) => digest(&[
            "account",
            user.as_deref().unwrap_or_default(),
            account.unwrap_or_default(),
        ]),
    }
}

/// The device id that an account has until it is given another.
pub fn device_id_of(identity: [u8; 16]) -> Uuid {
    let device = digest(&["device", &Uuid::from_bytes(identity).to_string()]);
    uuid::Builder::from_custom_bytes(device).into_uuid()
}

fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    first
}

/// A text with something else in every place of something.
fn replaced(text: Vec<u8>, needle: &[u8], word: &[u8]) -> Vec<u8> {
    let finder = memchr::memmem::Finder::new(needle);
    let mut found = finder.find_iter(&text).peekable();
    if needle.is_empty() || found.peek().is_none() {
        drop(found);
        return text;
    }
    let mut result = Vec::with_capacity(text.len());
    let mut end = 0;
    for at in found {
        result.extend_from_slice(&text[end..at]);
        result.extend_from_slice(word);
        end = at + needle.len();
    }
    result.extend_from_slice(&text[end..]);
    result
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use secrecy::SecretString;
    use uuid::Uuid;

    use super::{Credential, CredentialError, CredentialParts, device_id_of, identity_of};

    const WORKSPACE: &str = "11111111-2222-4333-8444-555555555555";

    /// What is pasted, and the key and the device id that data folders already hold for it.
    const KNOWN: [(&str, &str, &str); 4] = [
        (
            "TOKEN",
            "3f15d98d217d01d9080e860e251d1549",
            "47187562-7c74-819c-b224-3852af5c92ba",
        ),
        (
            "TOKEN,11111111-2222-4333-8444-555555555555",
            "3782284efd19ef33012d4fd7311a24b0",
            "e25ec312-b2cd-8ffd-949b-d628000ebfff",
        ),
        (
            "fk-one",
            "4f982b0fc33e4dc5a9adfc7584c8ab21",
            "5dbd9861-5d64-88ed-b08a-b95c2832c331",
        ),
        (
            "fk-one,ws",
            "2c8a652018816f0411cc3c94ba163478",
            "9dde99cb-5dc8-8059-9a50-04dbfb23fa43",
        ),
    ];

    fn token() -> String {
        let payload = r#"{"exp":100,"https://api.openai.com/auth":{"chatgpt_account_id":"A","chatgpt_user_id":"U"}}"#;
        format!(
            "eyJhbGciOiJSUzI1NiJ9.{}.c2ln",
            URL_SAFE_NO_PAD.encode(payload)
        )
    }

    fn hex(bytes: [u8; 16]) -> String {
        Uuid::from_bytes(bytes).simple().to_string()
    }

    #[test]
    fn keys_and_device_ids_are_what_they_have_always_been() {
        for (text, key, device_id) in KNOWN {
            let text = text.replace("TOKEN", &token());
            let credential = Credential::parse(&text, "a").unwrap();
            assert_eq!(hex(credential.key()), key, "{text}");
            assert_eq!(credential.device_id(), device_id, "{text}");
        }
    }

    #[test]
    fn a_credential_from_parts_is_the_one_that_was_imported() {
        for (token, workspace) in [
            (token(), None),
            (token(), Some(WORKSPACE)),
            ("fk-one".to_owned(), None),
        ] {
            let text = match workspace {
                Some(workspace) => format!("{token},{workspace}"),
                None => token.clone(),
            };
            let parsed = Credential::parse(&text, "a").unwrap();
            let access_token = SecretString::from(token);
            let identity = identity_of(&access_token, workspace);
            let built = Credential::from_parts(CredentialParts {
                access_token,
                workspace: workspace.map(str::to_owned),
                label: "a".to_owned(),
                identity,
                device_id: device_id_of(identity),
                egress: None,
            });
            assert_eq!(built.key(), parsed.key());
            assert_eq!(built.token_key(), parsed.token_key());
            assert_eq!(built.device_id(), parsed.device_id());
            assert_eq!(built.account_id(), parsed.account_id());
            assert_eq!(built.is_expired_at(100), parsed.is_expired_at(100));
        }
    }

    #[test]
    fn what_must_be_exchanged_first_is_told_from_what_is_nothing() {
        let mobile = "a".repeat(45);
        for text in [
            "rt_secret",
            "rt.secret",
            "sess-secret",
            &mobile,
            "__Secure-next-auth.session-token=secret",
        ] {
            let error = Credential::parse(text, "a").unwrap_err();
            assert_eq!(error, CredentialError::NeedsExchange, "{text}");
        }
        for text in ["", "what", "sk-secret", "eyJ"] {
            let error = Credential::parse(text, "a").unwrap_err();
            assert_eq!(error, CredentialError::NotAnAccessToken, "{text}");
        }
    }

    #[test]
    fn without_a_sign_in_there_is_a_device_and_no_token() {
        let device_id = Uuid::from_bytes([7; 16]);
        let one = Credential::anonymous("anonymous", device_id, None);
        assert!(one.is_anonymous() && one.bearer().is_none() && one.workspace().is_none());
        assert_eq!(one.device_id(), device_id.to_string());
        assert!(!one.is_expired_at(u64::MAX));
        let again = Credential::anonymous("anonymous", device_id, None);
        let other = Credential::anonymous("anonymous", Uuid::from_bytes([8; 16]), None);
        assert_eq!(
            (one.key(), one.token_key()),
            (again.key(), again.token_key())
        );
        assert_ne!(one.key(), other.key());
        assert_ne!(one.key(), *device_id.as_bytes());
        assert!(!Credential::parse("fk-one", "a").unwrap().is_anonymous());
    }

    #[test]
    fn an_api_key_is_another_at_another_server_and_is_never_shown() {
        let at = |base: &str| {
            Credential::platform("sk-canary".into(), base.parse().unwrap(), "key-1", None)
        };
        let (one, other) = (at("https://a.example/v1"), at("https://b.example/v1"));
        assert!(one.is_platform() && !one.is_anonymous());
        assert_ne!(one.key(), other.key());
        assert_eq!(one.key(), at("https://a.example/v1").key());
        assert_eq!(format!("{one:?}"), "Credential(key-1)");
        assert!(one.refuse_platform().is_err());
        assert!(
            Credential::parse("fk-one", "a")
                .unwrap()
                .refuse_platform()
                .is_ok()
        );
    }

    #[test]
    fn a_debug_print_shows_the_label_only() {
        let credential = Credential::parse("fk-secret,workspace", "account-1").unwrap();
        assert_eq!(format!("{credential:?}"), "Credential(account-1)");
    }
}
