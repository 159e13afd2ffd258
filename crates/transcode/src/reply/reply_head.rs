//! What every reply in Chat Completions shape says about itself, streamed or whole.

use openai::usage::Usage;

use super::answer_style::ActivityFormat;
use crate::token_count;
use crate::turn_event::Identity;

/// The facts beside the answer.
#[derive(Debug, Clone)]
pub struct ReplyHead {
    /// `chatcmpl-…`
    pub id: String,
    /// Unix seconds.
    pub created: u64,
    /// The model that was asked, until upstream says who answers.
    pub model: String,
    /// Whether upstream's ids are shown, which they are when the conversation is kept.
    pub show_ids: bool,
    /// Tokens of the prompt, if they were counted.
    pub prompt_tokens: u64,
    /// How the use of tools is shown.
    pub activity: ActivityFormat,
    /// Whether upstream's own events come, and say all of the answer.
    pub is_native: bool,
}

/// What upstream said so far about who answers, with what may be shown of it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) head: ReplyHead,
    identity: Identity,
    /// Tokens as upstream counted them.
    counted: Option<Usage>,
}

impl Shown {
    pub(super) fn new(head: ReplyHead) -> Self {
        Self {
            head,
            identity: Identity::default(),
            counted: None,
        }
    }

    pub(super) fn update(&mut self, identity: Identity) {
        self.identity.update(identity);
    }

    pub(super) fn count(&mut self, usage: Usage) {
        self.counted = Some(usage);
    }

    pub(super) fn model(&self) -> &str {
        self.identity.model.as_deref().unwrap_or(&self.head.model)
    }

    pub(super) fn conversation_id(&self) -> Option<&str> {
        let id = self.identity.conversation_id.as_deref();
        id.filter(|_| self.head.show_ids)
    }

    pub(super) fn message_id(&self) -> Option<&str> {
        let id = self.identity.message_id.as_deref();
        id.filter(|_| self.head.show_ids)
    }

    /// Whether steps are told beside the text.
    pub(super) fn tells_steps(&self) -> bool {
        self.head.activity == ActivityFormat::Structured
    }

    /// What upstream counted, or else what is counted here.
    pub(super) fn usage(&self, answer: &str, reasoning: &str) -> Usage {
        if let Some(counted) = self.counted {
            return counted;
        }
        Usage::estimated(
            self.head.prompt_tokens,
            token_count::text(answer),
            token_count::text(reasoning),
        )
    }
}
