//! The facts beside a message's content that a reader of the stream needs.
//!
//! Nearly everything about tools is here. Protocol: metadata keys, code interpreter results.

use serde::Deserialize;

use crate::content_reference::{ContentReference, OlderCitation};
use crate::loose::{LooseBool, LooseList, LooseNumber, LooseObject, LooseText};

/// The facts beside a message's content.
#[derive(Debug, Default, Deserialize)]
pub struct Metadata<'a> {
    /// The model that wrote the message.
    #[serde(borrow, default)]
    pub model_slug: LooseText<'a>,
    /// The model behind that name, where stated.
    #[serde(borrow, default)]
    pub resolved_model_slug: LooseText<'a>,
    /// How the message ended.
    #[serde(borrow, default)]
    pub finish_details: LooseObject<FinishDetails<'a>>,
    /// Whether people see the message at all.
    #[serde(default)]
    pub is_visually_hidden_from_conversation: LooseBool,
    /// `Reasoning`, on tool messages that carry reasoning in the older layout.
    #[serde(borrow, default)]
    pub initial_text: LooseText<'a>,
    /// The message before it.
    #[serde(borrow, default)]
    pub parent_id: LooseText<'a>,
    /// Whether a tool failed.
    #[serde(default)]
    pub is_error: LooseBool,

    /// What the markers in the text stand for.
    #[serde(borrow, default)]
    pub content_references: LooseList<LooseObject<ContentReference<'a>>>,
    /// The same in the older form.
    #[serde(borrow, default)]
    pub citations: LooseList<LooseObject<OlderCitation<'a>>>,
    /// What was searched for.
    #[serde(borrow, default)]
    pub search_queries: LooseList<LooseObject<SearchQuery<'a>>>,
    /// What the model wanted to search for.
    #[serde(borrow, default)]
    pub search_model_queries: LooseObject<ModelQueries<'a>>,

    /// The run of code this is the output of.
    #[serde(borrow, default)]
    pub aggregate_result: LooseObject<AggregateResult<'a>>,
    /// The document a canvas tool made or changed.
    #[serde(borrow, default)]
    pub canvas: LooseObject<Canvas<'a>>,

    /// What a picture is called.
    #[serde(borrow, default)]
    pub image_gen_title: LooseText<'a>,
    /// Whether the picture comes later, outside the stream.
    #[serde(default)]
    pub image_gen_async: LooseBool,
    /// The task that draws it.
    #[serde(borrow, default)]
    pub image_gen_task_id: LooseText<'a>,
    /// `image_gen`, on a message that stands for a task.
    #[serde(borrow, default)]
    pub async_task_type: LooseText<'a>,
    /// That task.
    #[serde(borrow, default)]
    pub async_task_id: LooseText<'a>,
}

/// How a message ended.
#[derive(Debug, Default, Deserialize)]
pub struct FinishDetails<'a> {
    /// `stop`, `max_tokens` or `interrupted`.
    #[serde(rename = "type", borrow, default)]
    pub kind: LooseText<'a>,
}

/// One query.
#[derive(Debug, Default, Deserialize)]
pub struct SearchQuery<'a> {
    /// The words.
    #[serde(borrow, default)]
    pub q: LooseText<'a>,
}

/// Queries the model wrote.
#[derive(Debug, Default, Deserialize)]
pub struct ModelQueries<'a> {
    /// The words of each.
    #[serde(borrow, default)]
    pub queries: LooseList<LooseText<'a>>,
}

/// One run of code.
#[derive(Debug, Default, Deserialize)]
pub struct AggregateResult<'a> {
    /// `running`, `success`, `failed_with_in_kernel_exception`, …
    #[serde(borrow, default)]
    pub status: LooseText<'a>,
    /// What the code failed with.
    #[serde(borrow, default)]
    pub in_kernel_exception: LooseObject<KernelException<'a>>,
    /// What it put out, piece by piece.
    #[serde(borrow, default)]
    pub messages: LooseList<LooseObject<RunMessage<'a>>>,
}

/// What code failed with.
#[derive(Debug, Default, Deserialize)]
pub struct KernelException<'a> {
    /// Its class.
    #[serde(borrow, default)]
    pub name: LooseText<'a>,
    /// Where it came from, line by line.
    #[serde(borrow, default)]
    pub traceback: LooseList<LooseText<'a>>,
    /// What it was made with.
    #[serde(borrow, default)]
    pub args: LooseList<LooseText<'a>>,
}

/// One piece of what code put out.
#[derive(Debug, Default, Deserialize)]
pub struct RunMessage<'a> {
    /// Of a picture: where it is, `file-service://…`.
    #[serde(borrow, default)]
    pub image_url: LooseText<'a>,
    /// Of a picture: pixels.
    #[serde(default)]
    pub width: LooseNumber,
    /// Of a picture: pixels.
    #[serde(default)]
    pub height: LooseNumber,
}

/// A document in the canvas.
#[derive(Debug, Default, Deserialize)]
pub struct Canvas<'a> {
    /// Its id.
    #[serde(borrow, default)]
    pub textdoc_id: LooseText<'a>,
    /// `document`, `code/python`, …
    #[serde(borrow, default)]
    pub textdoc_type: LooseText<'a>,
    /// Its title.
    #[serde(borrow, default)]
    pub title: LooseText<'a>,
}

impl AggregateResult<'_> {
    /// Whether the run ended badly.
    pub fn has_failed(&self) -> bool {
        self.status.text().starts_with("failed") || self.in_kernel_exception.get().is_some()
    }
}

impl KernelException<'_> {
    /// The exception as a person would see it.
    pub fn to_text(&self) -> String {
        let lines = |list: &LooseList<LooseText<'_>>, between: &str| {
            let lines: Vec<&str> = list.0.iter().map(LooseText::text).collect();
            lines.join(between)
        };
        let traceback = lines(&self.traceback, "\n");
        if !traceback.is_empty() {
            return traceback;
        }
        let args = lines(&self.args, ", ");
        if args.is_empty() {
            self.name.text().to_owned()
        } else {
            format!("{}: {args}", self.name.text())
        }
    }
}
