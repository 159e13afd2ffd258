//! What the model thinks, from thoughts or from running text, as one growing text.
//!
//! Thoughts become `**summary**`, a blank line and the content. Reasoning is shown, never
//! built upon: a thought that is rewritten later is not taken back.

use std::collections::HashMap;

use chatgpt::message::Thought;

/// Reasoning so far.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    fresh: String,
    begun: bool,
    messages: HashMap<String, Vec<Shown>>,
}

/// How much of a thought, or of a running text, was shown.
#[derive(Debug, Default)]
struct Shown {
    begun: bool,
    content_bytes: usize,
}

impl Reasoning {
    /// The thoughts of message `id` are now these.
    pub(super) fn set_thoughts<'t>(
        &mut self,
        id: &str,
        thoughts: impl Iterator<Item = &'t Thought<'t>>,
    ) {
        for (index, thought) in thoughts.enumerate() {
            self.set_piece(id, index, thought.summary.text(), thought.content.text());
        }
    }

    /// The running text of message `id` is now this.
    pub(super) fn set_text(&mut self, id: &str, text: &str) {
        self.set_piece(id, 0, "", text);
    }

    /// Hands out what is new.
    pub(super) fn take_news(&mut self) -> Option<String> {
        (!self.fresh.is_empty()).then(|| std::mem::take(&mut self.fresh))
    }

    fn set_piece(&mut self, id: &str, index: usize, summary: &str, content: &str) {
        if summary.is_empty() && content.is_empty() {
            return;
        }
        if !self.messages.contains_key(id) {
            self.messages.insert(id.to_owned(), Vec::new());
        }
        let Some(pieces) = self.messages.get_mut(id) else {
            return;
        };
        if pieces.len() <= index {
            pieces.resize_with(index + 1, Shown::default);
        }
        let shown = &mut pieces[index];
        if !shown.begun {
            shown.begun = true;
            if std::mem::replace(&mut self.begun, true) {
                self.fresh.push_str("\n\n");
            }
            if !summary.is_empty() {
                for text in ["**", summary, "**"] {
                    self.fresh.push_str(text);
                }
            }
        }
        if shown.content_bytes == 0 && !summary.is_empty() && !content.is_empty() {
            self.fresh.push_str("\n\n");
        }
        if let Some(more) = content.get(shown.content_bytes..) {
            self.fresh.push_str(more);
            shown.content_bytes = content.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reasoning;

    #[test]
    fn each_message_has_thoughts_of_its_own_and_none_is_told_twice() {
        let mut reasoning = Reasoning::default();
        for (id, text) in [("A", "one"), ("B", "two"), ("A", "one"), ("B", "two more")] {
            reasoning.set_text(id, text);
        }
        assert_eq!(reasoning.take_news().unwrap(), "one\n\ntwo more");
    }
}
