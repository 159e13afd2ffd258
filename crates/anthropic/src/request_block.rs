//! One content block of a request, in any place that takes blocks.
//!
//! Read by its `type`; where a block may stand and what it means is decided in `transcode`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A block.
#[derive(Debug)]
pub enum RequestBlock<'a> {
    /// `text`
    Text(String),
    /// `image`
    Image(Source<'a>),
    /// `document`
    Document(Document<'a>),
    /// `search_result`
    SearchResult(SearchResult<'a>),
    /// `thinking`
    Thinking(Thinking),
    /// `redacted_thinking`: a thought that is only sealed.
    RedactedThinking(String),
    /// `tool_use`
    ToolUse(ToolUse<'a>),
    /// `tool_result`
    ToolResult(ToolResult<'a>),
    /// `tool_reference`: a tool that a search for tools found.
    ToolReference(String),
    /// What a tool of the other side did in an earlier answer.
    ServerTool,
    /// A type this version does not know.
    Unknown(String),
}

/// Where the bytes of a picture or a document are.
#[derive(Debug, Deserialize)]
pub struct Source<'a> {
    /// `base64`, `url`, `file`, `text` or `content`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The stated type.
    #[serde(default)]
    pub media_type: Option<String>,
    /// Base64, or text.
    #[serde(default)]
    pub data: Option<String>,
    /// An address.
    #[serde(default)]
    pub url: Option<String>,
    /// A file uploaded before.
    #[serde(default)]
    pub file_id: Option<String>,
    /// A string or blocks.
    #[serde(default, borrow)]
    pub content: Option<&'a RawValue>,
}

/// A document.
#[derive(Debug, Deserialize)]
pub struct Document<'a> {
    /// Where it is.
    #[serde(borrow)]
    pub source: Source<'a>,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// What is said about it.
    #[serde(default)]
    pub context: Option<String>,
    /// Whether it is to be cited.
    #[serde(default)]
    pub citations: Option<Citations>,
}

/// `{"enabled": true}`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Citations {
    /// Whether citations are wanted.
    #[serde(default)]
    pub enabled: bool,
}

/// Something the caller's own search found.
#[derive(Debug, Deserialize)]
pub struct SearchResult<'a> {
    /// Where it is from.
    pub source: String,
    /// Its title.
    pub title: String,
    /// Text blocks.
    #[serde(borrow)]
    pub content: &'a RawValue,
    /// Whether it is to be cited.
    #[serde(default)]
    pub citations: Option<Citations>,
}

/// A thought of the model's.
#[derive(Debug, Deserialize)]
pub struct Thinking {
    /// What may be shown of it.
    pub thinking: String,
    /// The seal.
    #[serde(default)]
    pub signature: Option<String>,
}

/// A call of a tool.
#[derive(Debug, Deserialize)]
pub struct ToolUse<'a> {
    /// What its result refers to.
    pub id: String,
    /// The tool.
    pub name: String,
    /// An object.
    #[serde(borrow)]
    pub input: &'a RawValue,
}

/// What a tool answered.
#[derive(Debug, Deserialize)]
pub struct ToolResult<'a> {
    /// The call.
    pub tool_use_id: String,
    /// A string or blocks.
    #[serde(default, borrow)]
    pub content: Option<&'a RawValue>,
    /// Whether it failed.
    #[serde(default)]
    pub is_error: Option<bool>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Image<'a> {
    #[serde(borrow)]
    source: Source<'a>,
}

#[derive(Deserialize)]
struct Redacted {
    data: String,
}

#[derive(Deserialize)]
struct Reference {
    tool_name: String,
}

/// What a tool of the other side leaves in an answer.
fn is_of_server_tool(kind: &str) -> bool {
    kind == "server_tool_use"
        || kind == "mcp_tool_use"
        || (kind.ends_with("_tool_result") && kind != "tool_result")
}

impl<'a> RequestBlock<'a> {
    /// Reads one block; the error says what is wrong with it.
    pub fn read(raw: &'a RawValue) -> Result<Self, String> {
        let Kind { kind } = owned(raw)?;
        Ok(match kind.as_str() {
            "text" => Self::Text(owned::<Text>(raw)?.text),
            "image" => Self::Image(borrowed::<Image<'a>>(raw)?.source),
            "document" => Self::Document(borrowed(raw)?),
            "search_result" => Self::SearchResult(borrowed(raw)?),
            "thinking" => Self::Thinking(owned(raw)?),
            "redacted_thinking" => Self::RedactedThinking(owned::<Redacted>(raw)?.data),
            "tool_use" => Self::ToolUse(borrowed(raw)?),
            "tool_result" => Self::ToolResult(borrowed(raw)?),
            "tool_reference" => Self::ToolReference(owned::<Reference>(raw)?.tool_name),
            kind if is_of_server_tool(kind) => Self::ServerTool,
            _ => Self::Unknown(kind),
        })
    }
}

fn owned<T: DeserializeOwned>(raw: &RawValue) -> Result<T, String> {
    serde_json::from_str(raw.get()).map_err(plain)
}

fn borrowed<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, String> {
    serde_json::from_str(raw.get()).map_err(plain)
}

/// Without the position, which counts inside the one block.
#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn plain(error: serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
