//! How an answer is shown: what becomes text, and what the links in it are.
//!
//! Chosen by `api` for each request, followed by [`super::web_reader`].

use std::fmt;
use std::sync::Arc;

use crate::turn_event::OutputFile;

/// How an answer is shown.
#[derive(Debug, Clone, Default)]
pub struct AnswerStyle {
    /// How reasoning is delivered.
    pub reasoning: ReasoningFormat,
    /// How the use of tools is shown.
    pub activity: ActivityFormat,
    /// Makes the links to files in the text.
    pub links: FileLinks,
}

/// How reasoning is delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReasoningFormat {
    /// Beside the answer, in `reasoning_content`.
    #[default]
    Parsed,
    /// In the answer's text, between `<think>` and `</think>`.
    Raw,
    /// Not at all.
    Hidden,
}

/// How the use of tools is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ActivityFormat {
    /// In the text: code and its output in fences, pictures as Markdown images.
    #[default]
    Markdown,
    /// Only as structured data beside the text.
    Structured,
}

/// Makes a link to something upstream made.
#[derive(Clone)]
pub struct FileLinks(Arc<dyn Fn(&OutputFile) -> String + Send + Sync>);

impl FileLinks {
    /// Links made by `make`, which gives the same link for the same file.
    pub fn new(make: impl Fn(&OutputFile) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// The link to `file`.
    pub fn link(&self, file: &OutputFile) -> String {
        (self.0)(file)
    }
}

/// Upstream's own words, for readers that serve no files.
impl Default for FileLinks {
    fn default() -> Self {
        use crate::turn_event::FilePlace;
        Self::new(|file| match &file.place {
            FilePlace::Sandbox(path) => format!("sandbox:{path}"),
            FilePlace::Pointer(pointer) => pointer.clone(),
            FilePlace::Inline(inline) => inline.data_url(),
        })
    }
}

impl fmt::Debug for FileLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileLinks")
    }
}
