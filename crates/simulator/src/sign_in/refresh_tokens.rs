//! Refresh tokens: what they look like and what they say. A rotating one says everything itself, so
//! any simulator can go on with it. A lasting one has 45 characters: it is signed, and says the
//! account's name when that is short. Which ones are still good is known in `families`.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::clients::Client;
use crate::ids;
use crate::signatures::{self, Signed};
use crate::token_spec::Holder;

const ROTATING_PREFIX: &str = "rt_";

/// How many characters of a lasting token are its body; the rest is its signature.
const LASTING_BODY: usize = 32;
const LASTING_SIGNATURE: usize = 13;
/// How many bytes the body stands for, beside the first, which is the length of the name.
const LASTING_BYTES: usize = 23;

/// The kinds of refresh tokens there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshFamily {
    /// Of the app for phones, 45 characters, good until it is revoked.
    MobileLasting,
    /// Of the app for phones, longer, each good once.
    MobileRotating,
    /// Of the Codex command line, each good once.
    Codex,
}

impl RefreshFamily {
    /// The `client_id` that has to be named with tokens of this kind.
    pub fn client_id(self) -> &'static str {
        self.client().id()
    }

    /// Whether each token is good once and brings its successor.
    pub fn rotates(self) -> bool {
        self != Self::MobileLasting
    }

    pub(super) fn client(self) -> Client {
        match self {
            Self::MobileLasting | Self::MobileRotating => Client::Mobile,
            Self::Codex => Client::Codex,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::MobileLasting => "lasting",
            Self::MobileRotating => "mobile",
            Self::Codex => "codex",
        }
    }

    fn rotating(name: &str) -> Option<Self> {
        [Self::MobileRotating, Self::Codex]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What a refresh token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RefreshToken {
    pub(super) kind: RefreshFamily,
    /// The sign-in it comes from; all its tokens share it.
    pub(super) family: String,
    /// How many tokens of the family there have been, this one included.
    pub(super) generation: u64,
    pub(super) holder: Holder,
    /// The token as clients hold it.
    pub(super) text: String,
}

impl RefreshToken {
    /// The first token of a sign-in; the same `serial` is the same sign-in.
    pub(super) fn first(kind: RefreshFamily, holder: Holder, serial: &str) -> Self {
        if kind == RefreshFamily::MobileLasting {
            return Self::lasting(lasting_text(&holder.name, serial), holder);
        }
        let family = ids::hex(&["family", kind.name(), &holder.name, serial], 24);
        Self::rotating(kind, family, 1, holder)
    }

    /// The token of a later generation.
    pub(super) fn successor(&self, generation: u64) -> Self {
        let holder = self.holder.clone();
        Self::rotating(self.kind, self.family.clone(), generation, holder)
    }

    /// What a client's token says; `holder` tells whom a lasting one is for by its account's name.
    pub(super) fn read(
        text: &str,
        now: SystemTime,
        holder: impl FnOnce(&str) -> Holder,
    ) -> Option<Self> {
        if let Some(name) = name_in_lasting(text) {
            return Some(Self::lasting(text.to_owned(), holder(&name)));
        }
        let signed = signatures::verified(Signed::Refresh, text)?;
        let claims: Value = signatures::decoded(signed.strip_prefix(ROTATING_PREFIX)?)?;
        Some(Self {
            kind: RefreshFamily::rotating(claims["kind"].as_str()?)?,
            family: claims["family"].as_str()?.to_owned(),
            generation: claims["generation"].as_u64()?,
            holder: Holder::read(&claims["holder"], now)?,
            text: text.to_owned(),
        })
    }

    fn lasting(text: String, holder: Holder) -> Self {
        Self {
            kind: RefreshFamily::MobileLasting,
            family: ids::hex(&["lasting family", &text], 24),
            generation: 1,
            holder,
            text,
        }
    }

    fn rotating(kind: RefreshFamily, family: String, generation: u64, holder: Holder) -> Self {
        let claims = json!({
            "kind": kind.name(),
            "family": family,
            "generation": generation,
            "holder": holder.claim(),
        });
        let text = format!("{ROTATING_PREFIX}{}", signatures::encoded(&claims));
        Self {
            kind,
            family,
            generation,
            holder,
            text: signatures::sign(Signed::Refresh, &text),
        }
    }
}

/// A lasting token: the name, if it is short enough, then what makes the token differ from others
/// of that name, then the signature.
fn lasting_text(name: &str, serial: &str) -> String {
    let digest = ids::digest(&["lasting", name, serial]);
    let mut bytes = [0; LASTING_BYTES + 1];
    bytes[1..].copy_from_slice(&digest[..LASTING_BYTES]);
    // Some bytes of the digest must be left, or two sign-ins would have the same token.
    if name.len() + 4 <= LASTING_BYTES {
        bytes[0] = u8::try_from(name.len()).unwrap_or_default();
        bytes[1..=name.len()].copy_from_slice(name.as_bytes());
    }
    let body = URL_SAFE_NO_PAD.encode(bytes);
    let signature = signatures::signature(Signed::Refresh, &body);
    format!("{body}{}", &signature[..LASTING_SIGNATURE])
}

/// The account's name in a lasting token, or one made from a token that does not say it.
fn name_in_lasting(text: &str) -> Option<String> {
    let (body, signature) = text.split_at_checked(LASTING_BODY)?;
    let expected = signatures::signature(Signed::Refresh, body);
    if signature != &expected[..LASTING_SIGNATURE] {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
    let length = usize::from(*bytes.first()?);
    if length == 0 {
        return Some(format!("mobile-{}", ids::hex(&[text], 8)));
    }
    String::from_utf8(bytes.get(1..=length)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::token_spec::TokenSpec;

    fn holder(name: &str) -> Holder {
        Holder::of(&TokenSpec::new(name), UNIX_EPOCH)
    }

    fn read(text: &str) -> Option<RefreshToken> {
        RefreshToken::read(text, UNIX_EPOCH, holder)
    }

    #[test]
    fn a_rotating_token_says_everything() {
        for kind in [RefreshFamily::MobileRotating, RefreshFamily::Codex] {
            let token = RefreshToken::first(kind, holder("ada"), "");
            let text = token.text.clone();
            assert!(text.starts_with("rt_") && text.len() >= 60);
            assert_eq!(read(&text), Some(token.clone()));
            assert_eq!(read(&text[..text.len() - 1]), None);
            let later = token.successor(7);
            assert_ne!(later.text, text);
            assert_eq!(read(&later.text), Some(later));
        }
    }

    #[test]
    fn a_lasting_token_has_45_characters_and_says_a_short_name() {
        let token = RefreshToken::first(RefreshFamily::MobileLasting, holder("ada"), "");
        let text = token.text.clone();
        assert_eq!((text.len(), read(&text)), (45, Some(token)));
        let forged = lasting_text("ada", "").replace(&text[LASTING_BODY..], "AAAAAAAAAAAAA");
        assert_eq!((forged.len(), read(&forged)), (45, None));
        let long = lasting_text("an account with a long name", "");
        let read_long = read(&long).unwrap();
        assert!(read_long.holder.name.starts_with("mobile-"));
        assert_eq!(read(&long), Some(read_long));
        assert_eq!(read(&"x".repeat(45)), None);
        assert_eq!(read(&"é".repeat(45)), None);
    }

    #[test]
    fn another_sign_in_is_another_family() {
        for kind in [RefreshFamily::MobileLasting, RefreshFamily::Codex] {
            let first = RefreshToken::first(kind, holder("ada"), "");
            let second = RefreshToken::first(kind, holder("ada"), "second");
            assert_ne!(first.family, second.family);
            assert_ne!(first.text, second.text);
        }
    }
}
