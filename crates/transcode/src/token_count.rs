//! Counting tokens with the real tokenizer (`o200k_base`), which upstream does not do for us.
//!
//! Called by `api` for usage, and by `reply::token_budget`. The first use loads the
//! vocabulary: some fifty milliseconds and ninety megabytes, so a program that never counts
//! never pays, and one that does calls [`load`] where it may block.

mod plain_piece;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};

use bpe_openai::Tokenizer;
use foldhash::fast::RandomState;

use crate::turn::{ImageDetail, Turn, TurnPart};

/// What every picture costs, and what each of its tiles costs more.
const IMAGE_BASE: u64 = 85;
const IMAGE_TILE: u64 = 170;

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

/// How many tokens pieces have that were counted before.
type Counted = HashMap<Box<str>, u32, RandomState>;

static COUNTED: LazyLock<Mutex<Counted>> = LazyLock::new(Mutex::default);

/// So many pieces are kept, of so many bytes at most: some two megabytes.
const MAX_COUNTED: usize = 1 << 15;
const MAX_PIECE_BYTES: usize = 24;

/// Tokens of a text.
pub fn text(text: &str) -> u64 {
    let tokenizer = tokenizer();
    // Whoever finds the counts in use does without: waiting would take longer.
    let Ok(mut counted) = COUNTED.try_lock() else {
        return tokenizer.count(text) as u64;
    };
    pieces(text)
        .map(|piece| u64::from(tokens(piece, &mut counted)))
        .sum()
}

/// The pieces of a text that no token reaches beyond.
fn pieces(mut rest: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let piece = match plain_piece::length(rest.as_bytes()) {
            Some(length) => rest.get(..length),
            // What comes before a piece has no say in where it ends.
            None => tokenizer().split(rest).next(),
        }?;
        rest = rest.get(piece.len()..)?;
        Some(piece)
    })
}

/// Tokens of what is always a piece for itself. Words come again and again, and looking one up
/// is quicker than splitting it.
fn tokens(piece: &str, counted: &mut Counted) -> u32 {
    if let Some(count) = counted.get(piece) {
        return *count;
    }
    let count = tokenizer().bpe.count(piece.as_bytes());
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    if piece.len() <= MAX_PIECE_BYTES {
        // What one caller fills it with must not keep it from the others for ever.
        if counted.len() == MAX_COUNTED {
            counted.clear();
        }
        counted.insert(piece.into(), count);
    }
    count
}

/// Tokens of a prompt.
pub fn prompt(turn: &Turn) -> u64 {
    let messages = turn.messages.iter().map(|message| {
        TOKENS_PER_MESSAGE + text(message.role.name()) + text(&message.countable_text())
    });
    let tools = turn.tools.iter().map(|tool| text(&tool.countable_text()));
    messages.sum::<u64>() + tools.sum::<u64>() + TOKENS_PER_PROMPT
}

/// Tokens of a picture of this size in pixels, by OpenAI's published rule of tiles.
pub fn image(width: u32, height: u32, detail: ImageDetail) -> u64 {
    if detail == ImageDetail::Low {
        return IMAGE_BASE;
    }
    // Scaled to fit a square of 2048, then to a shorter side of 768, and never up.
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let fit = (2048.0 / width.max(height)).min(1.0);
    let scale = fit * (768.0 / (width.min(height) * fit)).min(1.0);
    let tiles = |side: f64| (1..4).find(|tiles| side * scale <= f64::from(*tiles) * 512.0);
    let tiles: u32 = tiles(width).unwrap_or(4) * tiles(height).unwrap_or(4);
    IMAGE_BASE + IMAGE_TILE * u64::from(tiles)
}

/// How much text a prompt has, to decide where to count it.
pub fn prompt_bytes(turn: &Turn) -> usize {
    let parts = turn.messages.iter().flat_map(|message| &message.parts);
    let bytes = parts.map(|part| match part {
        TurnPart::Text(text) => text.len(),
        TurnPart::ToolCall(call) => call.name.len() + call.input.len(),
        TurnPart::Thought(thought) => thought.summary.iter().map(String::len).sum(),
        TurnPart::Attachment(_) => 0,
    });
    let tools = turn.tools.iter().map(|tool| tool.countable_text().len());
    bytes.sum::<usize>() + tools.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{image, pieces, prompt, text, tokenizer};
    use crate::turn::{ImageDetail, Speaker, Turn, TurnMessage};

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

    proptest! {
        #[test]
        fn what_was_counted_before_counts_the_same(said in r"(?s)[ -~]{0,80}|.{0,40}") {
            let whole = u64::try_from(tokenizer().count(&*said)).unwrap();
            prop_assert_eq!(text(&said), whole);
            prop_assert_eq!(text(&said), whole);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn pieces_are_those_of_the_tokenizer(
            words in prop::collection::vec(
                "[a-z]{1,4}|[A-Z]{0,2}[a-z]{0,4}|'(s|T|ll|x)|[0-9]{1,4}|[!-/:-@\\[-`{-~]{1,2}|[ \n\r\t]{1,3}|[é你ǅʰ\u{301}\u{a0}ſK]", 0..24),
        ) {
            let text = words.concat();
            let found: Vec<_> = pieces(&text).collect();
            prop_assert_eq!(found, tokenizer().split(&text).collect::<Vec<_>>());
        }
    }

    #[test]
    fn more_pieces_than_are_kept_are_counted_as_the_first() {
        let numbered = |it: usize| format!("x{it:06}y");
        let counts = (0..super::MAX_COUNTED).map(|it| text(&numbered(it)));
        let all: u64 = counts.sum();
        assert!(all > super::MAX_COUNTED as u64);
        let first = u64::try_from(tokenizer().count(&*numbered(0))).unwrap();
        assert_eq!(text(&numbered(0)), first);
    }

    #[test]
    fn a_picture_costs_its_tiles() {
        for (width, height, tokens) in [
            (1, 1, 255),
            (512, 512, 255),
            (1024, 1024, 765),
            (2048, 4096, 1105),
            (60_000, 1, 765),
        ] {
            assert_eq!(
                image(width, height, ImageDetail::High),
                tokens,
                "{width}x{height}"
            );
        }
        assert_eq!(image(4096, 8192, ImageDetail::Low), 85);
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
