//! What the model thinks, from thoughts or from running text, as one growing text.
//!
//! Thoughts become `**summary**`, a blank line and the content. Reasoning is shown, never
//! built upon: a thought that is rewritten later is not taken back.

use chatgpt::message::Thought;

/// Reasoning so far.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    fresh: String,
    begun: bool,
    thoughts: Vec<Shown>,
    running_id: String,
    running_bytes: usize,
}

/// How much of a thought was shown.
#[derive(Debug, Default)]
struct Shown {
    begun: bool,
    content_bytes: usize,
}

impl Reasoning {
    /// The thoughts are now these.
    pub(super) fn set_thoughts(&mut self, thoughts: &[Thought<'_>]) {
        if self.thoughts.len() < thoughts.len() {
            self.thoughts.resize_with(thoughts.len(), Shown::default);
        }
        for (index, thought) in thoughts.iter().enumerate() {
            let (summary, content) = (thought.summary.text(), thought.content.text());
            if summary.is_empty() && content.is_empty() {
                continue;
            }
            if !self.thoughts[index].begun {
                self.thoughts[index].begun = true;
                self.separate();
                if !summary.is_empty() {
                    for text in ["**", summary, "**"] {
                        self.fresh.push_str(text);
                    }
                    if !content.is_empty() {
                        self.fresh.push_str("\n\n");
                    }
                }
            } else if self.thoughts[index].content_bytes == 0 && !content.is_empty() {
                self.fresh.push_str("\n\n");
            }
            let shown = self.thoughts[index].content_bytes;
            if let Some(more) = content.get(shown..) {
                self.fresh.push_str(more);
                self.thoughts[index].content_bytes = content.len();
            }
        }
    }

    /// The running text of message `id` is now this.
    pub(super) fn set_text(&mut self, id: &str, text: &str) {
        if self.running_id != id {
            if text.is_empty() {
                return;
            }
            id.clone_into(&mut self.running_id);
            self.running_bytes = 0;
            self.separate();
        }
        if let Some(more) = text.get(self.running_bytes..) {
            self.fresh.push_str(more);
            self.running_bytes = text.len();
        }
    }

    /// Hands out what is new.
    pub(super) fn take_news(&mut self) -> Option<String> {
        (!self.fresh.is_empty()).then(|| std::mem::take(&mut self.fresh))
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            self.fresh.push_str("\n\n");
        }
    }
}
