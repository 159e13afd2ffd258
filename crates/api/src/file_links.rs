//! Links to what upstream made: signed, expiring, and good only for whom they were made.
//!
//! A link holds all that is needed to find the file again, so nothing is remembered, and the
//! same file has the same link all through an answer. What is behind it is served by
//! `served_file`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use transcode::reply::answer_style::FileLinks;
use transcode::turn_event::{FilePlace, OutputFile};

/// Half of the hash is more than anybody can guess.
const SIGNATURE_BYTES: usize = 16;

const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Signs links and checks them.
#[derive(Clone)]
pub struct LinkSigner {
    key: [u8; 32],
    lifetime_seconds: u64,
}

/// What a link says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linked {
    /// The account that has the file.
    #[serde(rename = "a")]
    account: String,
    /// Whom the link was made for.
    #[serde(rename = "o")]
    pub(crate) owner: String,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none", default)]
    conversation_id: Option<String>,
    #[serde(rename = "m")]
    message_id: String,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    sandbox_path: Option<String>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    pointer: Option<String>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    /// Unix seconds.
    #[serde(rename = "e")]
    expires_at: u64,
}

/// For whom, through which account and until when links are made.
#[derive(Debug, Clone)]
pub(crate) struct LinkScope {
    /// Where the gateway is reached, without a slash at the end.
    pub(crate) base: String,
    pub(crate) owner: String,
    pub(crate) account: [u8; 16],
    /// Unix seconds.
    pub(crate) now: u64,
}

impl LinkSigner {
    /// Links signed with `key`, good for `lifetime_seconds`.
    pub fn new(key: [u8; 32], lifetime_seconds: u64) -> Self {
        Self {
            key,
            lifetime_seconds,
        }
    }

    /// Makes the links of one answer.
    pub(crate) fn links(&self, scope: LinkScope) -> FileLinks {
        let signer = self.clone();
        FileLinks::new(move |file| signer.link(&scope, file))
    }

    fn link(&self, scope: &LinkScope, file: &OutputFile) -> String {
        let (sandbox_path, pointer) = match &file.place {
            FilePlace::Sandbox(path) => (Some(path.clone()), None),
            FilePlace::Pointer(pointer) => (None, Some(pointer.clone())),
        };
        let linked = Linked {
            account: hex(scope.account),
            owner: scope.owner.clone(),
            conversation_id: file.conversation_id.clone(),
            message_id: file.message_id.clone(),
            sandbox_path,
            pointer,
            name: file.name.clone(),
            expires_at: scope.now.saturating_add(self.lifetime_seconds),
        };
        let name = file.name.as_deref().unwrap_or("file");
        let name = utf8_percent_encode(name, NAME);
        format!("{}/files/{}/{name}", scope.base, self.token(&linked))
    }

    fn token(&self, linked: &Linked) -> String {
        let payload = serde_json::to_vec(linked).unwrap_or_default();
        let signature = self.signature(&payload);
        let signed = [&signature[..], &payload].concat();
        URL_SAFE_NO_PAD.encode(signed)
    }

    /// What a link says, if it was made here and has not expired.
    pub(crate) fn read(&self, token: &str, now: u64) -> Option<Linked> {
        let signed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signature, payload) = signed.split_at_checked(SIGNATURE_BYTES)?;
        self.mac(payload)?.verify_truncated_left(signature).ok()?;
        let linked: Linked = serde_json::from_slice(payload).ok()?;
        (linked.expires_at > now).then_some(linked)
    }

    fn signature(&self, payload: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut signature = [0; SIGNATURE_BYTES];
        if let Some(mac) = self.mac(payload) {
            signature.copy_from_slice(&mac.finalize().into_bytes()[..SIGNATURE_BYTES]);
        }
        signature
    }

    /// HMAC takes keys of every length.
    fn mac(&self, payload: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(payload);
        Some(mac)
    }
}

impl Linked {
    pub(crate) fn account(&self) -> Option<[u8; 16]> {
        let number = u128::from_str_radix(&self.account, 16).ok()?;
        Some(number.to_be_bytes())
    }

    pub(crate) fn file(&self) -> Option<OutputFile> {
        let place = match (&self.sandbox_path, &self.pointer) {
            (Some(path), None) => FilePlace::Sandbox(path.clone()),
            (None, Some(pointer)) => FilePlace::Pointer(pointer.clone()),
            _ => return None,
        };
        Some(OutputFile {
            conversation_id: self.conversation_id.clone(),
            message_id: self.message_id.clone(),
            place,
            name: self.name.clone(),
        })
    }

    pub(crate) fn seconds_left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now)
    }
}

fn hex(key: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(key))
}

impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSigner")
    }
}

#[cfg(test)]
mod tests {
    use transcode::turn_event::{FilePlace, OutputFile};

    use super::{LinkScope, LinkSigner};

    fn scope() -> LinkScope {
        LinkScope {
            base: "http://gateway.example".into(),
            owner: "o".into(),
            account: [7; 16],
            now: 1_000,
        }
    }

    fn file() -> OutputFile {
        OutputFile {
            conversation_id: Some("C".into()),
            message_id: "M".into(),
            place: FilePlace::Sandbox("/mnt/data/年报 1.csv".into()),
            name: Some("年报 1.csv".into()),
        }
    }

    fn token(link: &str) -> &str {
        link.split('/').nth(4).unwrap()
    }

    #[test]
    fn a_link_leads_back_to_its_file_and_stays_the_same() {
        let signer = LinkSigner::new([1; 32], 60);
        let link = signer.links(scope()).link(&file());
        assert_eq!(link, signer.links(scope()).link(&file()));
        assert!(link.ends_with("/%E5%B9%B4%E6%8A%A5%201.csv"), "{link}");
        let linked = signer.read(token(&link), 1_059).unwrap();
        assert_eq!(linked.file(), Some(file()));
        assert_eq!(linked.account(), Some([7; 16]));
        assert_eq!(linked.owner, "o");
    }

    #[test]
    fn a_link_that_is_old_changed_or_of_another_gateway_is_none() {
        let signer = LinkSigner::new([1; 32], 60);
        let link = signer.links(scope()).link(&file());
        let token = token(&link);
        assert_eq!(signer.read(token, 1_060), None);
        assert_eq!(LinkSigner::new([2; 32], 60).read(token, 1_000), None);
        for at in 0..token.len() {
            let mut changed = token.to_owned().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last character has bits that do not count.
            if let Some(linked) = signer.read(&changed, 1_000) {
                assert_eq!(at, token.len() - 1, "{linked:?}");
            }
        }
        assert_eq!(signer.read("", 0), None);
    }
}
