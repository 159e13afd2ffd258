//! Stand-ins for ids: the same id gets the same one within a session, and nobody outside it can
//! tell whose it was.
//!
//! A stand-in proves that it is one: its second half follows from its first and the session's
//! key. So scrubbing twice changes nothing. Called by `scrub`.

use sha2::{Digest, Sha256};

const HEX: &[u8] = b"0123456789abcdef";
const WORD: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// An id shorter than this has no room for a stand-in of its own.
const MIN_LENGTH: usize = 8;

/// The digits at the end of a link's stand-in.
const LINK_DIGITS: usize = 16;

/// The characters of a UUID, hyphens included.
pub(super) const UUID_LENGTH: usize = 36;

/// Of the 32 digits of a UUID, the two that say what kind it is.
const UUID_FIXED: [(usize, u8); 2] = [(12, b'4'), (16, b'8')];

/// Prefixes that say what an id is of.
const PREFIXES: [&str; 16] = [
    "user-",
    "org-",
    "file-",
    "file_",
    "g-p-",
    "g-",
    "modr-",
    "authsess_",
    "resp_",
    "msg_",
    "proj_",
    "gzm_cnf_",
    "asst_",
    "task_",
    "snc-",
    "snc_",
];

/// Makes stand-ins for one session.
#[derive(Clone)]
pub(super) struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The stand-in of a UUID, which `text` must be.
    pub(super) fn uuid(&self, text: &str) -> String {
        let digits: Vec<u8> = text
            .bytes()
            .filter(|byte| *byte != b'-')
            .map(|byte| byte.to_ascii_lowercase())
            .collect();
        let free: Vec<u8> = (0..digits.len())
            .filter(|at| UUID_FIXED.iter().all(|(fixed, _)| fixed != at))
            .map(|at| digits[at])
            .collect();
        let mut replaced = self.digits(&free, HEX).into_iter();
        let mut out = String::with_capacity(UUID_LENGTH);
        for at in 0..digits.len() {
            if matches!(at, 8 | 12 | 16 | 20) {
                out.push('-');
            }
            let fixed = UUID_FIXED.iter().find(|(fixed, _)| *fixed == at);
            let digit = fixed.map(|(_, digit)| *digit).or_else(|| replaced.next());
            out.extend(digit.map(char::from));
        }
        out
    }

    /// The stand-in of any other id: same prefix, same length, same punctuation.
    pub(super) fn id(&self, text: &str) -> String {
        let prefix = PREFIXES.iter().find(|prefix| text.starts_with(**prefix));
        let (prefix, body) = text.split_at(prefix.map_or(0, |prefix| prefix.len()));
        format!("{prefix}{}", self.body(body))
    }

    /// A link in the place of `text`, the same one for the same text.
    pub(super) fn link(&self, text: &str) -> String {
        const HOST: &str = "https://example.com/";
        let own = text.strip_prefix(HOST).filter(|digits| {
            digits.len() == LINK_DIGITS && digits.bytes().all(|it| HEX.contains(&it))
        });
        let digits = match own {
            Some(digits) => digits.as_bytes().to_vec(),
            None => self.spell("link", text.as_bytes(), LINK_DIGITS, HEX),
        };
        let digits = self.digits(&digits, HEX).into_iter().map(char::from);
        HOST.chars().chain(digits).collect()
    }

    fn body(&self, text: &str) -> String {
        let free: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
        let replaced = if free.len() < MIN_LENGTH {
            vec![b'x'; free.len()]
        } else if free.iter().all(|byte| HEX.contains(byte)) {
            self.digits(&free, HEX)
        } else {
            self.digits(&free, WORD)
        };
        let mut replaced = replaced.into_iter();
        let mut next = |character: char| match character {
            _ if character.is_ascii_alphanumeric() => replaced.next().map_or('x', char::from),
            '-' | '_' | '.' | ':' | '|' | '/' => character,
            _ => '-',
        };
        text.chars().map(&mut next).collect()
    }

    /// As many digits of `alphabet` as there are in `original`, unless those are ours already.
    fn digits(&self, original: &[u8], alphabet: &[u8]) -> Vec<u8> {
        let head_length = original.len() - original.len() / 2;
        let (own_head, own_tail) = original.split_at(head_length);
        if self.spell("tail", own_head, own_tail.len(), alphabet) == own_tail {
            return original.to_vec();
        }
        let mut out = self.spell("head", original, head_length, alphabet);
        out.extend(self.spell("tail", &out, own_tail.len(), alphabet));
        out
    }

    /// `count` digits that follow from `text` and the key.
    fn spell(&self, part: &str, text: &[u8], count: usize, alphabet: &[u8]) -> Vec<u8> {
        let blocks = (0u32..).flat_map(|block| {
            let hash = Sha256::new()
                .chain_update(self.key)
                .chain_update(part)
                .chain_update(block.to_le_bytes())
                .chain_update(text)
                .finalize();
            hash.into_iter().collect::<Vec<u8>>()
        });
        blocks
            .take(count)
            .map(|byte| alphabet[usize::from(byte) % alphabet.len()])
            .collect()
    }
}

/// Whether `text` is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == UUID_LENGTH
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether `text` begins like an id with a prefix.
pub(super) fn has_prefix(text: &str) -> bool {
    PREFIXES
        .iter()
        .filter_map(|prefix| text.strip_prefix(prefix))
        .any(|body| body.len() >= MIN_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::{Pseudonyms, is_uuid};

    const IDS: [&str; 5] = [
        "user-AbCdEfGh12345678",
        "file_00000000bc987209adba1c148413e076",
        "g-p-68f1aa0b2c",
        "auth0|507f1f77bcf86cd799439011",
        "abc",
    ];

    #[test]
    fn stand_ins_keep_the_form_and_nothing_else() {
        let pseudonyms = Pseudonyms::new([7; 32]);
        for id in IDS {
            let other = pseudonyms.id(id);
            assert_ne!(other, id);
            assert_eq!(other.len(), id.len(), "{id}");
            assert_eq!(pseudonyms.id(&other), other, "{id}");
        }
        assert!(pseudonyms.id(IDS[0]).starts_with("user-"));
        let uuid = pseudonyms.uuid("00000000-0000-4000-8000-00000000000C");
        assert!(is_uuid(&uuid), "{uuid}");
        assert_eq!(pseudonyms.uuid(&uuid), uuid);
        assert_eq!(
            pseudonyms.uuid("00000000-0000-4000-8000-00000000000c"),
            uuid
        );
    }

    #[test]
    fn sessions_have_stand_ins_of_their_own() {
        let id = "11111111-2222-4333-8444-555555555555";
        let one = Pseudonyms::new([1; 32]).uuid(id);
        assert_ne!(one, Pseudonyms::new([2; 32]).uuid(id));
    }
}
