//! Cutting a growing text at exactly N tokens of its final form.
//!
//! Tokens are those of the whole text, so a piece is settled only when no further text can
//! change it: all pieces of the tokenizer's splitting but the last few. Far from the limit
//! nothing is held back, because a token is at least one byte.

use crate::token_count::tokenizer;

/// Further text can merge into this many pieces at the end at most: a word and a contraction.
const UNSETTLED_PIECES: usize = 3;

/// A budget of tokens.
#[derive(Debug)]
pub(super) struct TokenBudget {
    limit: usize,
    spent: usize,
    /// Text whose tokens are not settled.
    tail: String,
    /// How much of the tail was already passed on.
    passed: usize,
}

impl TokenBudget {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            spent: 0,
            tail: String::new(),
            passed: 0,
        }
    }

    /// Takes more text; returns what may go on, and whether the budget is used up.
    pub(super) fn push(&mut self, text: &str) -> (String, bool) {
        self.tail.push_str(text);
        if self.spent + self.tail.len() <= self.limit {
            let more = self.tail[self.passed..].to_owned();
            self.passed = self.tail.len();
            return (more, false);
        }
        self.settle(UNSETTLED_PIECES)
    }

    /// The rest, once no more text comes.
    pub(super) fn rest(&mut self) -> (String, bool) {
        self.settle(0)
    }

    /// Counts all but the last `unsettled` pieces of the tail.
    fn settle(&mut self, unsettled: usize) -> (String, bool) {
        let tail = std::mem::take(&mut self.tail);
        let pieces: Vec<&str> = tokenizer().split(&tail).collect();
        let settled = pieces.len().saturating_sub(unsettled);
        let mut end = 0;
        for piece in &pieces[..settled] {
            let tokens = tokenizer().bpe.encode_via_backtracking(piece.as_bytes());
            let left = self.limit - self.spent;
            if tokens.len() > left {
                let kept = tokenizer().bpe.decode_tokens(&tokens[..left]);
                end += valid_prefix(piece, kept.len());
                self.spent = self.limit;
                let more = tail.get(self.passed..end).unwrap_or_default();
                return (more.to_owned(), true);
            }
            self.spent += tokens.len();
            end += piece.len();
        }
        // Of the rest, as many bytes as tokens are left can go on whatever they become.
        let safe = end + valid_prefix(&tail[end..], self.limit - self.spent);
        let until = safe.max(self.passed);
        let more = tail[self.passed..until].to_owned();
        self.passed = until - end;
        tail[end..].clone_into(&mut self.tail);
        (more, false)
    }
}

/// The length of the longest whole-character prefix of at most `bytes`.
fn valid_prefix(text: &str, bytes: usize) -> usize {
    text.floor_char_boundary(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::TokenBudget;
    use crate::token_count::tokenizer;

    fn cut(text: &str, chunks: &[usize], limit: u64) -> (String, bool) {
        let mut budget = TokenBudget::new(limit);
        let mut out = String::new();
        let mut rest = text;
        for chunk in chunks {
            let (now, later) = rest.split_at(rest.floor_char_boundary(*chunk));
            rest = later;
            let (more, over) = budget.push(now);
            out.push_str(&more);
            if over {
                return (out, true);
            }
        }
        let (more, over) = budget.push(rest);
        out.push_str(&more);
        if over {
            return (out, true);
        }
        let (more, over) = budget.rest();
        out.push_str(&more);
        (out, over)
    }

    fn expected(text: &str, limit: usize) -> (String, bool) {
        let tokens = tokenizer().encode(text);
        if tokens.len() <= limit {
            return (text.to_owned(), false);
        }
        let kept = tokenizer().bpe.decode_tokens(&tokens[..limit]).len();
        (text[..text.floor_char_boundary(kept)].to_owned(), true)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_cut_is_at_exactly_n_tokens_of_the_whole_text_however_it_arrives(
            words in prop::collection::vec(
                "[a-z]{1,9}|[A-Z][a-z]{1,5}|I'll|don't|[0-9]{1,5}|[,.!/\"'-]{1,3}|[ \n]{1,4}|[你好世界中文字符]{1,5}|🌍|👩‍💻|é", 0..40),
            chunks in prop::collection::vec(0usize..8, 0..60),
            limit in 1usize..40,
        ) {
            let text = words.concat();
            prop_assert_eq!(cut(&text, &chunks, limit as u64), expected(&text, limit));
        }
    }
}
