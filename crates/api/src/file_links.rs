//! Links to what upstream made: signed, expiring, and good only for whom they were made.
//!
//! A link holds all that is needed to find the file again, so nothing is remembered, and the
//! same file has the same link all through an answer. What is behind it is served by
//! `served_file`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use transcode::reply::answer_style::FileLinks;
use transcode::turn_event::{FilePlace, OutputFile};
use uuid::Uuid;
use web::signed_token::TokenSigner;

const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Signs links and checks them.
#[derive(Debug, Clone)]
pub struct LinkSigner {
    signer: TokenSigner,
    lifetime_seconds: u64,
}

/// What a link says; written in as few bytes as may be, because links stand in the text that
/// models read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linked {
    /// The account that has the file.
    pub(crate) account: [u8; 16],
    /// Whom the link was made for.
    owner: [u8; 16],
    conversation_id: Option<Id>,
    message_id: Id,
    place: Place,
    /// Unix seconds.
    expires_at: u64,
}

/// An id of upstream's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Id {
    Uuid([u8; 16]),
    Other(String),
}

/// Where the file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    Sandbox(String),
    Pointer(String),
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
            signer: TokenSigner::new(key, ""),
            lifetime_seconds,
        }
    }

    /// Makes the links of one answer.
    pub(crate) fn links(&self, scope: LinkScope) -> FileLinks {
        let signer = self.clone();
        FileLinks::new(move |file| signer.link(&scope, file))
    }

    fn link(&self, scope: &LinkScope, file: &OutputFile) -> String {
        let place = match &file.place {
            FilePlace::Sandbox(path) => Place::Sandbox(path.clone()),
            FilePlace::Pointer(pointer) => Place::Pointer(pointer.clone()),
            // There is nothing to fetch: the link is the file.
            FilePlace::Inline(inline) => return inline.data_url(),
        };
        let linked = Linked {
            account: scope.account,
            owner: bytes(&scope.owner).unwrap_or_default(),
            conversation_id: file.conversation_id.as_deref().map(Id::of),
            message_id: Id::of(&file.message_id),
            place,
            expires_at: scope.now.saturating_add(self.lifetime_seconds),
        };
        let name = file.name.as_deref().unwrap_or(match file.place {
            FilePlace::Sandbox(_) => "file",
            FilePlace::Pointer(_) | FilePlace::Inline(_) => "image",
        });
        let name = utf8_percent_encode(name, NAME);
        format!("{}/files/{}/{name}", scope.base, self.token(&linked))
    }

    fn token(&self, linked: &Linked) -> String {
        self.signer.sign(linked)
    }

    /// What a link says, if it was made here and has not expired.
    pub(crate) fn read(&self, token: &str, now: u64) -> Option<Linked> {
        let linked: Linked = self.signer.read(token)?;
        (linked.expires_at > now).then_some(linked)
    }
}

impl Linked {
    /// Whom the link was made for.
    pub(crate) fn owner_id(&self) -> String {
        hex(self.owner)
    }

    pub(crate) fn file(&self) -> OutputFile {
        let (place, name) = match &self.place {
            Place::Sandbox(path) => {
                let name = path.rsplit('/').next().map(str::to_owned);
                (FilePlace::Sandbox(path.clone()), name)
            }
            Place::Pointer(pointer) => (FilePlace::Pointer(pointer.clone()), None),
        };
        OutputFile {
            conversation_id: self.conversation_id.as_ref().map(Id::text),
            message_id: self.message_id.text(),
            place,
            name,
        }
    }

    pub(crate) fn seconds_left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now)
    }
}

impl Id {
    fn of(text: &str) -> Self {
        match Uuid::parse_str(text) {
            // Only what is written in the usual way is written so again.
            Ok(uuid) if uuid.to_string() == text => Self::Uuid(uuid.into_bytes()),
            _ => Self::Other(text.to_owned()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Uuid(bytes) => Uuid::from_bytes(*bytes).to_string(),
            Self::Other(text) => text.clone(),
        }
    }
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn bytes(hex: &str) -> Option<[u8; 16]> {
    u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use transcode::turn_event::{FilePlace, OutputFile};

    use super::{LinkScope, LinkSigner};

    fn scope() -> LinkScope {
        LinkScope {
            base: "http://gateway.example".into(),
            owner: "0f".repeat(16),
            account: [7; 16],
            now: 1_000,
        }
    }

    fn file() -> OutputFile {
        OutputFile {
            conversation_id: Some("00000000-0000-4000-8000-00000000000c".into()),
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
        assert_eq!(linked.file(), file());
        assert_eq!(linked.account, [7; 16]);
        assert_eq!(linked.owner_id(), scope().owner);
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
