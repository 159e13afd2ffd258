//! The v1 delta encoding: documents, one a channel, changed by operations.
//!
//! Keeps what carries over between events (path, operation, channel) and tells the caller
//! what changed, with a short way for text appended to a message, which nearly all events
//! are. It does not know what a message means. Called by `transcode::reply`.

mod document;
mod operation;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use document::Document;
use operation::{Operation, apply, text_at};

/// More channels than any turn has messages; a larger number is a broken stream.
const MAX_CHANNELS: usize = 4096;

/// A text that grows begins with room for this much.
const GROWING_BYTES: usize = 1024;

/// Where in a document a message's content is.
pub const CONTENT: &str = "/message/content";

/// Why a delta cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum DeltaError {
    /// The payload is not JSON of the expected shape.
    #[error("a delta is not the JSON it should be: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The path leads nowhere in the document; a patch's other changes are made.
    #[error("a delta names a place that is not there: {0}")]
    NoSuchPlace(String),
    /// The channel number is absurd.
    #[error("a delta names channel {0}")]
    NoSuchChannel(usize),
}

/// What an event changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// Text was added at the end of the message's one text.
    Appended {
        /// The channel whose document grew.
        channel: usize,
        /// What was added.
        text: Cow<'a, str>,
    },
    /// The document may have changed in any way.
    Document {
        /// The channel whose document changed.
        channel: usize,
    },
    /// The operation is unknown: nothing was done.
    Nothing,
}

/// One event's payload; every key but `v` may be absent, and then carries over.
#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    p: Option<BorrowedText<'a>>,
    #[serde(borrow, default)]
    o: Option<BorrowedText<'a>>,
    #[serde(borrow, default)]
    v: Option<&'a RawValue>,
    #[serde(default)]
    c: Option<usize>,
}

/// A wrapper, because serde borrows a `Cow` only outside an `Option`.
#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

/// The reader's state over one stream.
#[derive(Debug)]
pub struct DeltaReader {
    documents: Vec<Document>,
    /// Channels whose document nobody reads; it is not kept.
    forgotten: Vec<usize>,
    channel: usize,
    path: String,
    operation: Operation,
    unknown_operation: Option<String>,
    /// The channel whose text grows, and the text, taken out of the document meanwhile: finding
    /// its place at every piece would cost more than all else.
    growing: Option<usize>,
    text: String,
}

impl Default for DeltaReader {
    fn default() -> Self {
        Self {
            documents: Vec::new(),
            forgotten: Vec::new(),
            channel: 0,
            path: String::new(),
            operation: Operation::Add,
            unknown_operation: None,
            growing: None,
            text: String::new(),
        }
    }
}

impl DeltaReader {
    /// Applies one event's payload.
    pub fn apply<'a>(&mut self, data: &'a str) -> Result<Change<'a>, DeltaError> {
        let data = data.trim_ascii();
        if let Some(text) = self.more_text(data) {
            let channel = self.channel;
            return Ok(Change::Appended { channel, text });
        }
        let delta: Delta<'a> = serde_json::from_str(data)?;
        let channel = delta.c.unwrap_or(self.channel);
        if channel >= MAX_CHANNELS {
            return Err(DeltaError::NoSuchChannel(channel));
        }
        self.channel = channel;
        if let Some(BorrowedText(path)) = delta.p
            && path != self.path
        {
            self.settle();
            self.path.clear();
            self.path.push_str(&path);
        }
        if let Some(BorrowedText(name)) = delta.o {
            self.operation = Operation::named(&name);
            if self.operation == Operation::Unknown {
                self.unknown_operation = Some(name.into_owned());
            }
        }
        let is_new_document = self.path.is_empty() && self.operation == Operation::Add;
        if is_new_document {
            self.forgotten.retain(|forgotten| *forgotten != channel);
        }
        if self.operation == Operation::Unknown || self.forgotten.contains(&channel) {
            return Ok(Change::Nothing);
        }
        if let Some(text) = self.append_text(delta.v) {
            return Ok(Change::Appended { channel, text });
        }
        self.settle();
        if self.documents.len() <= channel {
            self.documents.resize_with(channel + 1, Document::default);
        }
        if is_new_document {
            self.documents[channel] = delta.v.map(Document::new).unwrap_or_default();
            return Ok(Change::Document { channel });
        }
        let value = match delta.v {
            Some(raw) => serde_json::from_str(raw.get())?,
            None => Value::Null,
        };
        apply(
            self.documents[channel].value(),
            &self.path,
            self.operation,
            value,
            &mut self.unknown_operation,
        )?;
        Ok(Change::Document { channel })
    }

    /// The channel the last event was about.
    pub fn channel(&self) -> usize {
        self.channel
    }

    /// The name of an operation nobody knows, if there was one since the last time.
    pub fn take_unknown_operation(&mut self) -> Option<String> {
        self.unknown_operation.take()
    }

    /// Drops a channel's document, and passes over its changes until it gets a new one.
    pub fn forget(&mut self, channel: usize) {
        self.settle();
        if let Some(document) = self.documents.get_mut(channel) {
            *document = Document::default();
            self.forgotten.push(channel);
        }
    }

    /// Reads the document of a channel, if it has one, as a `T`.
    pub fn read<'a, T: Deserialize<'a>>(&'a mut self, channel: usize) -> Option<T> {
        self.settle();
        self.documents.get(channel)?.read().ok()
    }

    /// The document of a channel, if it has one.
    pub fn document(&mut self, channel: usize) -> Option<&Value> {
        self.settle();
        Some(self.documents.get_mut(channel)?.value())
    }

    /// All documents, in the order of their channels.
    pub fn documents(&mut self) -> impl Iterator<Item = &Value> {
        self.settle();
        self.documents.iter_mut().map(|document| &*document.value())
    }

    /// The shortest way: a string and nothing else, which goes on where the last one was put.
    fn more_text<'a>(&mut self, data: &'a str) -> Option<Cow<'a, str>> {
        if self.growing != Some(self.channel) || self.operation != Operation::Append {
            return None;
        }
        let value = data.strip_prefix(r#"{"v":"#)?.strip_suffix('}')?;
        // With another key after it, it is no JSON string.
        self.grow(value)
    }

    /// The short way: a string appended to the text of the channel's message.
    fn append_text<'a>(&mut self, value: Option<&'a RawValue>) -> Option<Cow<'a, str>> {
        if self.operation != Operation::Append {
            return None;
        }
        let raw = value?.get();
        if !raw.starts_with('"') {
            return None;
        }
        if self.growing != Some(self.channel) {
            self.settle();
            let text = text_at(self.documents.get_mut(self.channel)?.value(), &self.path)?;
            self.text = std::mem::take(text);
            self.text.reserve(GROWING_BYTES);
            self.growing = Some(self.channel);
        }
        self.grow(raw)
    }

    /// Adds a JSON string to the text that grows.
    fn grow<'a>(&mut self, string: &'a str) -> Option<Cow<'a, str>> {
        let text = match plain_string(string) {
            Some(text) => Cow::Borrowed(text),
            None => serde_json::from_str::<BorrowedText<'a>>(string).ok()?.0,
        };
        self.text.push_str(&text);
        Some(text)
    }

    /// Puts what has grown back into its document; done before anything looks at documents, changes
    /// them otherwise, or names another place.
    fn settle(&mut self) {
        let Some(channel) = self.growing.take() else {
            return;
        };
        let document = self.documents.get_mut(channel);
        if let Some(text) = document.and_then(|it| text_at(it.value(), &self.path)) {
            *text = std::mem::take(&mut self.text);
        }
    }
}

/// What is between the quotes of a JSON string, if it is all as it stands there.
fn plain_string(string: &str) -> Option<&str> {
    let inner = string.strip_prefix('"')?.strip_suffix('"')?;
    // Without a way out of the loop, which the compiler makes many bytes at once of.
    let is_odd = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    let any_odd = inner.bytes().fold(false, |any, byte| any | is_odd(byte));
    (!any_odd).then_some(inner)
}

#[cfg(test)]
mod tests;
