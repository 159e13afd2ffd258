//! A message of a request, and content that is a string or a list of blocks.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A message as sent.
#[derive(Debug, Deserialize)]
pub struct RequestMessage<'a> {
    /// Who speaks.
    pub role: Role,
    /// What is said; read with [`Content::read`].
    #[serde(borrow)]
    pub content: &'a RawValue,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, and what tools answered.
    User,
    /// The model.
    Assistant,
    /// Instructions in the middle of a conversation.
    System,
}

/// A string, or a list of blocks that are not read yet.
#[derive(Debug)]
pub enum Content<'a> {
    /// Text only.
    Text(String),
    /// Blocks.
    Blocks(Vec<&'a RawValue>),
}

impl<'a> Content<'a> {
    /// Reads content; the error says what is wrong with it.
    pub fn read(raw: &'a RawValue) -> Result<Self, &'static str> {
        let wrong = "send a string or a list of content blocks";
        if raw.get().starts_with('"') {
            let text = serde_json::from_str(raw.get());
            return text.map(Self::Text).map_err(|_| wrong);
        }
        let blocks = serde_json::from_str(raw.get());
        blocks.map(Self::Blocks).map_err(|_| wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, RequestMessage};

    #[test]
    fn content_is_a_string_or_blocks_and_nothing_else() {
        let read = |content: &str| {
            let json = format!(r#"{{"role":"user","content":{content}}}"#);
            let message: RequestMessage<'_> = serde_json::from_str(&json).unwrap();
            match Content::read(message.content) {
                Ok(Content::Text(text)) => text,
                Ok(Content::Blocks(blocks)) => blocks.len().to_string(),
                Err(error) => error.to_owned(),
            }
        };
        assert_eq!(read(r#""a\n""#), "a\n");
        assert_eq!(read(r#"[{},{"x":[]}]"#), "2");
        for content in ["null", "3", "{}"] {
            assert_eq!(read(content), "send a string or a list of content blocks");
        }
    }
}
