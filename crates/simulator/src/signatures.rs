//! Signs texts so that every simulator knows its own kind's again. The signature is a digest over a
//! fixed key: it guards nothing, and what is signed is worth nothing anywhere else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::ids;

/// The kind of token that is signed; one is not good as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    Access,
    Id,
    PlatformKey,
    Refresh,
    Sealed,
    Session,
    Socket,
}

impl Signed {
    /// Not a secret: it only tells a simulator's tokens from others.
    fn key(self) -> &'static str {
        match self {
            Self::Access => "simulator access token key",
            Self::Id => "simulator id token key",
            Self::PlatformKey => "simulator platform key key",
            Self::Refresh => "simulator refresh token key",
            Self::Sealed => "simulator sealed content key",
            Self::Session => "simulator session token key",
            Self::Socket => "simulator socket key",
        }
    }
}

/// The text, a dot and its signature.
pub(crate) fn sign(kind: Signed, text: &str) -> String {
    format!("{text}.{}", signature(kind, text))
}

/// The text without its signature, if that is good.
pub(crate) fn verified(kind: Signed, signed: &str) -> Option<&str> {
    let (text, given) = signed.rsplit_once('.')?;
    (given == signature(kind, text)).then_some(text)
}

/// The signature of a text: 43 characters.
pub(crate) fn signature(kind: Signed, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(ids::digest(&[kind.key(), text]))
}

/// A signed JSON web token.
pub(crate) fn sign_claims(kind: Signed, claims: &Value) -> String {
    let header = serde_json::json!({"alg": "RS256", "kid": "simulator", "typ": "JWT"});
    sign(kind, &format!("{}.{}", encoded(&header), encoded(claims)))
}

/// JSON as a segment of a token.
pub(crate) fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The JSON of a segment.
pub(crate) fn decoded(segment: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()
}
