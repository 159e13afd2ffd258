//! What one event of a conversation stream is, before any state is applied.
//!
//! Tells the two encodings and the typed events apart; it does not fold deltas (`delta`)
//! nor read messages (`message`). Called by `transcode::reply`.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::loose::LooseText;

/// One event of a conversation stream.
#[derive(Debug)]
pub enum StreamEvent<'a> {
    /// The payload of a v1 delta, for [`crate::delta::DeltaReader`].
    Delta(&'a str),
    /// A cumulative snapshot of one message.
    Snapshot(Snapshot<'a>),
    /// A typed event beside the messages, and the conversation it names.
    Typed {
        /// The event.
        event: TypedEvent<'a>,
        /// The conversation's id, where stated.
        conversation_id: Option<&'a str>,
    },
    /// `[DONE]`
    Done,
    /// A comment, a ping, a greeting: nothing to read.
    Nothing,
}

/// A cumulative snapshot, or an error in its place.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// The message as JSON.
    pub message: Option<&'a str>,
    /// The conversation it belongs to.
    pub conversation_id: Option<&'a str>,
    /// What went wrong upstream.
    pub error: Option<UpstreamFault>,
}

/// Something upstream says went wrong inside a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamFault {
    /// Upstream's sentence.
    pub message: String,
    /// Upstream's word.
    pub code: Option<String>,
}

/// A typed event that matters to the answer.
#[derive(Debug)]
pub enum TypedEvent<'a> {
    /// `message_stream_complete`
    Complete,
    /// `moderation` with `blocked: true`.
    Blocked,
    /// `stream_handoff`: the answer continues elsewhere.
    Handoff,
    /// `error`
    Error(UpstreamFault),
    /// `title_generation`: the conversation's name.
    Title(Cow<'a, str>),
    /// `resume_conversation_token`: what the rest of the answer can be asked for with.
    ResumeToken(Cow<'a, str>),
    /// `conversation_detail_metadata`, for [`crate::limits::LimitsReport`].
    Limits(&'a str),
    /// Any other type.
    Other(Cow<'a, str>),
}

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a stream event is not the JSON it should be: {0}")]
pub struct MalformedEvent(#[from] pub serde_json::Error);

/// All keys a top-level event object may have in either encoding.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: LooseText<'a>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    conversation_id: LooseText<'a>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_code: LooseText<'a>,
    #[serde(borrow, default)]
    code: LooseText<'a>,
    #[serde(borrow, default)]
    v: Option<&'a RawValue>,
    #[serde(borrow, default)]
    title: LooseText<'a>,
    #[serde(borrow, default)]
    token: LooseText<'a>,
    #[serde(default)]
    moderation_response: Option<ModerationResponse>,
}

#[derive(Deserialize)]
struct ModerationResponse {
    #[serde(default)]
    blocked: bool,
}

impl<'a> StreamEvent<'a> {
    /// Reads one event: its `event:` name and its data.
    pub fn read(name: Option<&str>, data: &'a str) -> Result<Self, MalformedEvent> {
        match name {
            Some("delta") => return Ok(Self::Delta(data)),
            Some("delta_encoding" | "ping") => return Ok(Self::Nothing),
            _ => {}
        }
        let data = data.trim_ascii();
        if data == "[DONE]" {
            return Ok(Self::Done);
        }
        if !data.starts_with('{') {
            return Ok(Self::Nothing);
        }
        let object: Object<'a> = serde_json::from_str(data)?;
        if let Some(kind) = &object.kind.0 {
            return Ok(Self::Typed {
                conversation_id: borrowed(&object.conversation_id),
                event: object.typed(kind, data),
            });
        }
        if object.message.is_some() || object.error.is_some() {
            return Ok(Self::Snapshot(Snapshot {
                error: object.fault(),
                message: object.message.map(RawValue::get),
                conversation_id: borrowed(&object.conversation_id),
            }));
        }
        if object.is_blocking() {
            return Ok(Self::Typed {
                conversation_id: borrowed(&object.conversation_id),
                event: TypedEvent::Blocked,
            });
        }
        Ok(if object.v.is_some() {
            Self::Delta(data)
        } else {
            Self::Nothing
        })
    }
}

impl<'a> Object<'a> {
    fn typed(&self, kind: &Cow<'a, str>, data: &'a str) -> TypedEvent<'a> {
        match kind.as_ref() {
            "message_stream_complete" => TypedEvent::Complete,
            "stream_handoff" => TypedEvent::Handoff,
            "error" => TypedEvent::Error(self.fault().unwrap_or_else(|| UpstreamFault {
                message: self.message.map(loose_sentence).unwrap_or_default(),
                code: self.code.0.clone().map(Into::into),
            })),
            "moderation" if self.is_blocking() => TypedEvent::Blocked,
            "title_generation" => TypedEvent::Title(self.title.0.clone().unwrap_or_default()),
            "resume_conversation_token" => {
                TypedEvent::ResumeToken(self.token.0.clone().unwrap_or_default())
            }
            "conversation_detail_metadata" => TypedEvent::Limits(data),
            _ => TypedEvent::Other(kind.clone()),
        }
    }

    fn is_blocking(&self) -> bool {
        let verdict = self.moderation_response.as_ref();
        verdict.is_some_and(|it| it.blocked)
    }

    fn fault(&self) -> Option<UpstreamFault> {
        let code = self.error_code.0.as_ref().or(self.code.0.as_ref());
        Some(UpstreamFault {
            message: loose_sentence(self.error?),
            code: code.map(|code| code.clone().into()),
        })
    }
}

/// The sentence in an error value: a string, or an object's `message`.
fn loose_sentence(value: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Nested<'a> {
        #[serde(borrow, default)]
        message: LooseText<'a>,
    }
    if let Ok(sentence) = serde_json::from_str::<String>(value.get()) {
        return sentence;
    }
    serde_json::from_str::<Nested<'_>>(value.get())
        .map(|nested| nested.message.text().to_owned())
        .unwrap_or_default()
}

/// An id without escapes, which is all ids.
fn borrowed<'a>(text: &LooseText<'a>) -> Option<&'a str> {
    match &text.0 {
        Some(std::borrow::Cow::Borrowed(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{StreamEvent, TypedEvent};

    fn read(data: &str) -> StreamEvent<'_> {
        StreamEvent::read(None, data).unwrap()
    }

    #[test]
    fn greetings_pings_and_bare_dates_are_nothing() {
        for data in ["", "2023-04-01 12:00:00.000000", "\"v1\"", "{}"] {
            assert!(matches!(read(data), StreamEvent::Nothing), "{data}");
        }
    }

    #[test]
    fn a_delta_is_known_by_its_name_or_its_value() {
        assert!(matches!(
            StreamEvent::read(Some("delta"), "{}"),
            Ok(StreamEvent::Delta("{}"))
        ));
        assert!(matches!(read("{\"v\":\"x\"}"), StreamEvent::Delta(_)));
    }

    #[test]
    fn an_error_is_read_from_a_sentence_or_an_object() {
        let StreamEvent::Snapshot(snapshot) =
            read(r#"{"message":null,"conversation_id":"C","error":"Something","error_code":"x"}"#)
        else {
            panic!("not a snapshot")
        };
        let error = snapshot.error.unwrap();
        assert_eq!(
            (error.message.as_str(), error.code.as_deref()),
            ("Something", Some("x"))
        );
        let StreamEvent::Typed {
            event: TypedEvent::Error(error),
            ..
        } = read(r#"{"type":"error","error":{"message":"Other"}}"#)
        else {
            panic!("not an error")
        };
        assert_eq!(error.message, "Other");
    }

    #[test]
    fn only_a_blocking_moderation_matters() {
        for (data, blocked) in [
            (
                r#"{"type":"moderation","moderation_response":{"blocked":true}}"#,
                true,
            ),
            (
                r#"{"type":"moderation","moderation_response":{"flagged":true}}"#,
                false,
            ),
            (
                r#"{"is_completion":true,"moderation_response":{"blocked":true}}"#,
                true,
            ),
        ] {
            let is = matches!(
                read(data),
                StreamEvent::Typed {
                    event: TypedEvent::Blocked,
                    ..
                }
            );
            assert_eq!(is, blocked, "{data}");
        }
    }
}
