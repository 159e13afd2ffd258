//! Counting tokens with the real tokenizer (`o200k_base`), which upstream does not do for us.
//!
//! Called by `api` for usage, and by `reply::token_budget`. The first use loads the
//! vocabulary: some fifty milliseconds and ninety megabytes, so a program that never counts
//! never pays, and one that does calls [`load`] where it may block.

use std::sync::atomic::{AtomicBool, Ordering};

use bpe_openai::Tokenizer;

use crate::turn::Turn;

/// What a message costs besides its text, by OpenAI's published rule.
const TOKENS_PER_MESSAGE: u64 = 3;

/// What every prompt costs for priming the answer.
const TOKENS_PER_PROMPT: u64 = 3;

/// The tokenizer.
pub(crate) fn tokenizer() -> &'static Tokenizer {
    bpe_openai::o200k_base()
}

static IS_LOADED: AtomicBool = AtomicBool::new(false);

/// Loads the vocabulary; blocks while it does.
pub fn load() {
    tokenizer();
    IS_LOADED.store(true, Ordering::Release);
}

/// Whether counting is quick already.
pub fn is_loaded() -> bool {
    IS_LOADED.load(Ordering::Acquire)
}

/// Tokens of a text.
pub fn text(text: &str) -> u64 {
    tokenizer().count(text) as u64
}

/// Tokens of a prompt.
pub fn prompt(turn: &Turn) -> u64 {
    let messages = turn.messages.iter().map(|message| {
        TOKENS_PER_MESSAGE + text(message.role.name()) + text(&message.joined_text())
    });
    messages.sum::<u64>() + TOKENS_PER_PROMPT
}

/// How much text a prompt has, to decide where to count it.
pub fn prompt_bytes(turn: &Turn) -> usize {
    turn.messages
        .iter()
        .map(|message| message.joined_text().len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{prompt, text};
    use crate::turn::{Speaker, Turn, TurnMessage};

    #[test]
    fn counts_are_those_of_tiktoken() {
        for (said, tokens) in [
            ("", 0),
            ("hello world", 2),
            ("你好，世界", 3),
            ("  \n\n x", 2),
        ] {
            assert_eq!(text(said), tokens, "{said:?}");
        }
    }

    #[test]
    fn a_prompt_costs_three_tokens_a_message_and_three_more() {
        let message = TurnMessage::text(Speaker::User, "hello world");
        let turn = Turn {
            messages: vec![message.clone(), message],
            ..Turn::default()
        };
        assert_eq!(prompt(&turn), 2 * (3 + 1 + 2) + 3);
    }
}
