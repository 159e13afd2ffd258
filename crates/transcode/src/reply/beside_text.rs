//! What a Chat Completions answer says beside its text: sources, pictures, tools.
//!
//! The shapes that streamed and whole replies share. Called by `chat_chunks` and
//! `chat_reply`.

use openai::annotation::{Annotation, UrlCitation};
use openai::tool_activity::{ActivityStatus as Status, CodeOutput, SearchAction, ToolActivity};

use crate::turn_event::{Activity, ActivityStatus, Citation, Step};

/// A source as an annotation.
pub(super) fn annotation(citation: &Citation) -> Annotation<'_> {
    Annotation::url_citation(UrlCitation {
        start_index: citation.start,
        end_index: citation.end,
        url: &citation.url,
        title: &citation.title,
    })
}

/// A step as an item.
pub(super) fn tool_activity(activity: &Activity) -> ToolActivity<'_> {
    let id = activity.id.as_str();
    let status = match activity.status {
        ActivityStatus::InProgress => Status::InProgress,
        ActivityStatus::Completed => Status::Completed,
        ActivityStatus::Failed => Status::Failed,
    };
    match &activity.step {
        Step::Code { code, output } => ToolActivity::CodeInterpreterCall {
            id,
            status,
            code,
            outputs: output.as_deref().map(|output| [CodeOutput::logs(output)]),
        },
        Step::Search { queries } => ToolActivity::WebSearchCall {
            id,
            status,
            action: SearchAction::new(queries),
        },
        Step::ImageGeneration { prompt } => ToolActivity::ImageGenerationCall {
            id,
            status,
            revised_prompt: prompt.as_deref(),
        },
        Step::Canvas {
            document_id,
            title,
            kind,
            action,
            content,
        } => ToolActivity::Canvas {
            id,
            status,
            action,
            document_id: document_id.as_deref(),
            title: title.as_deref(),
            kind: kind.as_deref(),
            content,
        },
        Step::Memory { text } => ToolActivity::Memory { id, status, text },
        Step::Tool {
            name,
            input,
            output,
        } => ToolActivity::ToolCall {
            id,
            status,
            name,
            input,
            output: output.as_deref(),
        },
    }
}
