//! What was said in a chat so far, as a digest: the same for the same messages however a client
//! writes them, and another as soon as a word differs.
//!
//! Thoughts do not count: clients show them or leave them out. Nor does the space in answers, nor
//! how many pieces they are in. Called by `api`, to find the upstream conversation that a chat
//! stands in.

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use crate::turn::{Attachment, AttachmentKind, AttachmentSource, Speaker, TurnMessage, TurnPart};

/// All that was said up to some message.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct SaidSoFar([u8; 32]);

impl SaidSoFar {
    /// What these messages say.
    pub fn by(messages: &[TurnMessage]) -> Self {
        Self::default().and(messages)
    }

    /// The same, and then these messages; an answer in several pieces is in one of the two.
    #[must_use]
    pub fn and(self, messages: &[TurnMessage]) -> Self {
        let is_one = |a: &TurnMessage, b: &TurnMessage| is_answer(a) && is_answer(b);
        let steps = messages.chunk_by(is_one);
        steps.fold(self, Self::then)
    }

    /// The same, and then the model's answer.
    #[must_use]
    pub fn answered(self, text: &str) -> Self {
        // As a message of that text, without making one: answers are long.
        let mut parts = Parts::after(self);
        parts.add(Speaker::Assistant.name().as_bytes());
        parts.add(&answer_text(text));
        parts.add(b"");
        parts.end()
    }

    /// One message, or an answer that is in several.
    fn then(self, messages: &[TurnMessage]) -> Self {
        let mut parts = Parts::after(self);
        let first = messages.first();
        parts.add(first.map_or("", |it| it.role.name()).as_bytes());
        parts.add(&text(messages));
        let answers = first.and_then(|it| it.answers.as_deref());
        parts.add(answers.unwrap_or_default().as_bytes());
        for said in messages.iter().flat_map(|it| &it.parts) {
            match said {
                TurnPart::Text(_) | TurnPart::Thought(_) => {}
                TurnPart::Attachment(attachment) => attached(attachment, &mut parts),
                TurnPart::ToolCall(call) => {
                    for piece in [&call.id, &call.name, &call.input] {
                        parts.add(piece.as_bytes());
                    }
                }
            }
        }
        parts.end()
    }
}

/// What a message says, part by part.
struct Parts(Sha256);

impl Parts {
    fn after(said: SaidSoFar) -> Self {
        Self(Sha256::new().chain_update(said.0))
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn end(self) -> SaidSoFar {
        SaidSoFar(self.0.finalize().into())
    }
}

/// The digest in hex digits.
impl fmt::Display for SaidSoFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Not the digest: short messages could be guessed from it.
impl fmt::Debug for SaidSoFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SaidSoFar")
    }
}

/// Where the new messages begin: after the last answer, if there is one and something follows.
pub fn new_messages(messages: &[TurnMessage]) -> Option<usize> {
    let from = messages.iter().rposition(is_answer)? + 1;
    (from < messages.len()).then_some(from)
}

fn is_answer(message: &TurnMessage) -> bool {
    message.role == Speaker::Assistant
}

/// Their text, without what clients write differently: ends of lines, space around it, and in
/// an answer all space, and the thoughts before it.
fn text(messages: &[TurnMessage]) -> Vec<u8> {
    let texts: Vec<String> = messages.iter().map(TurnMessage::joined_text).collect();
    let text = texts.join("\n");
    if messages.first().is_some_and(is_answer) {
        return answer_text(&text);
    }
    text.replace("\r\n", "\n").trim().as_bytes().to_vec()
}

fn answer_text(text: &str) -> Vec<u8> {
    let thoughts = text.trim_start().strip_prefix("<think>");
    let answer = thoughts.and_then(|it| it.split_once("</think>"));
    let text = answer.map_or(text, |(_, answer)| answer);
    if text.is_ascii() {
        // Space is overwritten by what follows it: to decide at each byte would take longer.
        let mut said = vec![0; text.len()];
        let mut end = 0;
        for byte in text.bytes() {
            said[end] = byte;
            end += usize::from(!matches!(byte, b'\t'..=b'\r' | b' '));
        }
        said.truncate(end);
        return said;
    }
    text.split_whitespace().collect::<String>().into_bytes()
}

fn attached(attachment: &Attachment, parts: &mut Parts) {
    let mut kind = String::new();
    let _infallible = match attachment.kind {
        AttachmentKind::Image(_) => kind.write_str("image"),
        AttachmentKind::Audio => kind.write_str("audio"),
        AttachmentKind::File => write!(kind, "file {}", attachment.name.as_deref().unwrap_or("")),
    };
    parts.add(kind.as_bytes());
    match &attachment.source {
        AttachmentSource::Data { bytes, .. } => parts.add(&Sha256::digest(bytes)),
        AttachmentSource::Url(url) => parts.add(url.as_bytes()),
        AttachmentSource::FileId(id) => parts.add(id.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::{SaidSoFar, new_messages};
    use crate::turn::{
        Attachment, AttachmentKind, AttachmentSource, ImageDetail, Speaker, Thought, TurnMessage,
        TurnPart,
    };

    fn user(text: &str) -> TurnMessage {
        TurnMessage::text(Speaker::User, text)
    }

    fn answer(text: &str) -> TurnMessage {
        TurnMessage::text(Speaker::Assistant, text)
    }

    #[test]
    fn an_answer_that_comes_back_in_the_history_says_what_was_answered() {
        let told = SaidSoFar::by(&[user("Hi")]).answered("Hello.\n");
        assert_eq!(told, SaidSoFar::by(&[user("Hi"), answer("Hello.")]));
    }

    #[test]
    fn line_ends_space_around_and_thoughts_make_no_difference() {
        let plain = SaidSoFar::by(&[user("a\nb"), answer("c")]);
        let thought = TurnMessage {
            role: Speaker::Assistant,
            parts: vec![
                TurnPart::Thought(Thought::default()),
                TurnPart::Text("c".into()),
            ],
            answers: None,
        };
        assert_eq!(plain, SaidSoFar::by(&[user(" a\r\nb\n"), thought]));
        let raw = answer("<think>\nhm\n</think>\n\nc");
        assert_eq!(plain, SaidSoFar::by(&[user("a\nb"), raw]));
        assert_ne!(plain, SaidSoFar::by(&[user("ab"), answer("c")]));
    }

    #[test]
    fn space_in_an_answer_is_the_same_space_whatever_letters_are_around_it() {
        let said = |text: &str| SaidSoFar::by(&[user("a"), answer(text)]);
        let space = "\t\n\x0b\x0c\r ";
        assert_eq!(said(&format!("a{space}b\x1c\0")), said("ab\x1c\0"));
        assert_eq!(said(&format!("a{space}\u{a0}é")), said("aé"));
    }

    #[test]
    fn an_answer_in_several_pieces_is_the_same_answer() {
        let whole = SaidSoFar::by(&[user("a")]).answered("One.\n\nTwo.");
        let pieces = [user("a"), answer("One."), answer("Two.")];
        assert_eq!(whole, SaidSoFar::by(&pieces));
    }

    #[test]
    fn a_picture_is_told_by_its_bytes() {
        let picture = |bytes: &'static [u8]| TurnMessage {
            role: Speaker::User,
            parts: vec![TurnPart::Attachment(Attachment {
                path: String::new(),
                kind: AttachmentKind::Image(ImageDetail::Auto),
                source: AttachmentSource::Data {
                    bytes: Bytes::from_static(bytes),
                    mime: None,
                },
                name: None,
            })],
            answers: None,
        };
        let [one, other] = [b"one".as_slice(), b"two"].map(|it| SaidSoFar::by(&[picture(it)]));
        assert_ne!(one, other);
        assert_eq!(one, SaidSoFar::by(&[picture(b"one")]));
    }

    #[test]
    fn new_messages_are_those_after_the_last_answer() {
        assert_eq!(new_messages(&[user("a")]), None);
        assert_eq!(new_messages(&[user("a"), answer("b")]), None);
        assert_eq!(new_messages(&[user("a"), answer("b"), user("c")]), Some(2));
    }

    proptest! {
        #[test]
        fn two_chats_say_the_same_only_if_every_message_is_the_same(
            one in prop::collection::vec("[ab]{1,2}", 0..4),
            other in prop::collection::vec("[ab]{1,2}", 0..4),
        ) {
            let said = |chat: &[String]| {
                let messages = chat.iter().enumerate().map(|(index, text)| {
                    if index % 2 == 0 { user(text) } else { answer(text) }
                });
                SaidSoFar::by(&messages.collect::<Vec<_>>())
            };
            prop_assert_eq!(said(&one) == said(&other), one == other);
        }
    }
}
